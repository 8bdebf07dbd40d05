import { throwIfCancelled } from '@mokus/core';

/**
 * To be awaited before a matrix is factored or decomposed: it keeps the thread, for minutes where a site has thousands of
 * inputs, and a signal that was to fire meanwhile fires here. Throws MokusError `cancelled`.
 */
export async function betweenSolves(signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return;
  await new Promise((resolve) => setTimeout(resolve));
  throwIfCancelled(signal, 'the edit');
}
