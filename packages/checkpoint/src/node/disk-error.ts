import { MokusError } from '@mokus/core';

/**
 * Runs a call that writes to the disk, and says of its failure what to do.
 *
 * @throws MokusError `disk`
 */
export async function writing<Result>(path: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MokusError(
      'disk',
      `${path} cannot be written (${reason}); choose a folder that exists, is writable and has room`,
      { file: path, cause },
    );
  }
}
