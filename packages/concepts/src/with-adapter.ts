import { type DeltaHandle, type DiT, type LoraAdapter, loraDelta } from '@mokus/core';

/** Runs something with an adapter acting beside what acts already; whatever happens, one that does not fit included, it is gone afterwards. */
export async function withAdapter<Result>(
  dit: DiT,
  adapter: LoraAdapter | undefined,
  run: () => Promise<Result>,
): Promise<Result> {
  const handles: DeltaHandle[] = [];
  try {
    for (const [site, module] of adapter?.modules ?? []) handles.push(dit.pushDelta(site, loraDelta(module)));
    return await run();
  } finally {
    for (const handle of handles.toReversed()) dit.popDelta(handle);
  }
}
