import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The random checkpoint that diffusers wrote for the parity tests: 16 x 16 pixels are one token row for it. */
export const tinyFolder: string = fileURLToPath(
  new URL('../../../models/test/fixtures/tiny-qwen-image/', import.meta.url),
);

/** A copy that a test may break; gone when the test ends. */
export async function copyOfTinyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mokus-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(tinyFolder, folder, { recursive: true });
  return folder;
}
