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

/**
 * Runs a call that reads from the disk, and says of its failure what to do.
 *
 * @throws MokusError `checkpoint`
 */
export async function reading<Result>(path: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (cause) {
    throw new MokusError('checkpoint', `${path} ${explain(cause)}`, { file: path, cause });
  }
}

/** The code of a system error, such as `ENOENT`. */
export function systemErrorCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}

function explain(cause: unknown): string {
  switch (systemErrorCode(cause)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'does not exist, or is a link to nothing; check the path, or download the checkpoint again';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read; check its permissions and those of its folders';
    case 'ELOOP':
      return 'is a link that leads back to itself; download the checkpoint again';
    default:
      return `cannot be read (${cause instanceof Error ? cause.message : String(cause)}); check the disk`;
  }
}
