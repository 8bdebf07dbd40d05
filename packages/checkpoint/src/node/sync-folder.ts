import { open } from 'node:fs/promises';

/** Makes names that were just given in a folder survive a power cut. Not every system can, and files are whole without it. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  try {
    await handle?.sync().catch(() => undefined);
  } finally {
    await handle?.close();
  }
}
