import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusalOf, testBackend } from '@mokus/core/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
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

test('an option that is unknown is refused by name', async () => {
  const { code, details } = await refusalOf(() => cpuBackend({ numThreads: 2 } as object));
  expect([code, details.field]).toEqual(['input', 'numThreads']);
});

test.each([0, -1, 1.5, Number.NaN])('%s threads are refused by name', async (threads) => {
  const { code, details } = await refusalOf(() => cpuBackend({ threads }));
  expect([code, details.field]).toEqual(['input', 'threads']);
});

testBackend({ backend: cpuBackend(), test, places: { 'a file': writeToFile } });
