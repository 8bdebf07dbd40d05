import { MokusError } from '@mokus/core';

/** The MokusError that a call throws or rejects with; any other outcome fails. */
export async function refusalOf(run: () => unknown): Promise<MokusError> {
  try {
    await run();
  } catch (error) {
    if (MokusError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
