import { MokusError, type MokusErrorCode } from '../../errors.js';

/** Throws unless the work is refused with a MokusError of this code whose message has all of `mentions`. */
export async function expectRefusal(
  code: MokusErrorCode,
  mentions: readonly string[],
  work: () => Promise<unknown>,
): Promise<void> {
  let refusal: unknown;
  try {
    await work();
  } catch (error) {
    refusal = error;
  }
  if (refusal === undefined) throw new Error(`expected a MokusError "${code}", but nothing was refused`);
  if (!MokusError.isInstance(refusal) || refusal.code !== code) {
    throw new Error(`expected a MokusError "${code}", got ${String(refusal)}`, { cause: refusal });
  }
  const missing = mentions.filter((each) => !refusal.message.includes(each));
  if (missing.length > 0) throw new Error(`"${refusal.message}" does not mention ${missing.join(', ')}`);
}
