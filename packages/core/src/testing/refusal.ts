import { MokusError } from '../errors.js';

/** The MokusError that a call throws or rejects with; throws when the call goes through, or fails in another way. */
export async function refusalOf(run: () => unknown): Promise<MokusError> {
  try {
    await run();
  } catch (error) {
    if (MokusError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
