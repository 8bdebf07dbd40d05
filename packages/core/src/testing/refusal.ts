import { MokusError, type MokusErrorCode } from '../errors.js';

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

/** As {@link refusalOf}, where a failure says what should have been refused and as what. */
export function refusalTo(what: string, code: MokusErrorCode, run: () => unknown): Promise<MokusError> {
  return refusalOf(run).catch((cause: unknown) => {
    throw new Error(`${what}: expected MokusError "${code}", got ${String(cause)}`, { cause });
  });
}

/** Throws unless the call is refused with a MokusError of this code whose message has all of `mentions`. */
export async function requireRefusal(
  what: string,
  code: MokusErrorCode,
  run: () => Promise<unknown>,
  mentions: readonly string[] = [],
): Promise<void> {
  const refusal = await refusalTo(what, code, run);
  if (refusal.code !== code) {
    throw new Error(`${what}: expected MokusError "${code}", got "${refusal.code}": ${refusal.message}`, {
      cause: refusal,
    });
  }
  const missing = mentions.filter((each) => !refusal.message.includes(each));
  if (missing.length > 0) throw new Error(`${what}: "${refusal.message}" does not mention ${missing.join(', ')}`);
}
