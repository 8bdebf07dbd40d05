import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testBackend } from '@mokus/core/testing';
import { afterAll, beforeAll, test } from 'vitest';
import { cpuBackend } from '../src/index.js';
import { fileSource } from './support/file-source.js';

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mokus-cpu-')));
});
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function writeToFile(bytes: Uint8Array): ReturnType<typeof fileSource> {
  const path = join(folder, `${files++}.safetensors`);
  await writeFile(path, bytes);
  return fileSource(path);
}

testBackend({ backend: cpuBackend(), test, places: { 'a file': writeToFile } });
