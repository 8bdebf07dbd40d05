import { mkdir } from 'node:fs/promises';
import { MokusError } from '@mokus/core';

/** Makes a folder where there is none, and those above it. Throws MokusError `disk` naming it. */
export async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    const message = `${folder} cannot be made (${String(cause)}); choose another folder`;
    throw new MokusError('disk', message, { file: folder, cause });
  });
}
