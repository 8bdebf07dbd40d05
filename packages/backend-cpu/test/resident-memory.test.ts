import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { f32Tensor, type Module, type StorageDType, type WeightStore } from '@mokus/core';
import { Graph, linear, type Program } from '@mokus/graph';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cpuBackend } from '../src/index.js';
import { fileSource } from './support/file-source.js';

const size = 4096;
const x = { x: f32Tensor([1, size], new Float32Array(size).fill(1)) };

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mokus-resident-')));
});
afterAll(() => rm(folder, { recursive: true }));

/** One matrix of zeros in a file: 67 MB in f32. */
async function zeros(dtype: StorageDType): Promise<WeightStore> {
  const path = join(folder, `${dtype}.safetensors`);
  const length = (dtype === 'f32' ? 4 : 2) * size * size;
  await writeFile(path, new Uint8Array(length));
  const entry = { name: 'w', dtype, shape: [size, size], source: await fileSource(path), offset: 0, length };
  return { name: 'weights', get: (name) => (name === 'w' ? entry : undefined), names: () => ['w'] };
}

function product(): Program {
  const graph = new Graph();
  graph.output('y', linear(graph.input('x', 'f32', ['n', size]), graph.weight('w', [size, size])));
  return graph.build();
}

/** Megabytes of this process now: anonymous, of mapped files, and the most that both ever were together. */
async function residentMb(): Promise<{ anonymous: number; files: number; peak: number }> {
  const status = await readFile('/proc/self/status', 'utf8');
  const field = (name: string): number => (1024 * Number(status.match(new RegExp(`${name}:\\s+(\\d+) kB`))?.[1])) / 1e6;
  return { anonymous: field('RssAnon'), files: field('RssFile'), peak: field('VmHWM') };
}

/** Makes the peak what is resident now. */
async function resetPeak(): Promise<void> {
  await writeFile('/proc/self/clear_refs', '5');
}

async function loaded(dtype: StorageDType, work: (module: Module) => Promise<void>): Promise<void> {
  const module = await cpuBackend().load(await zeros(dtype), { first: product(), second: product() });
  try {
    await module.run('first', x);
    await module.run('second', x);
    await work(module);
  } finally {
    await module.dispose();
  }
}

describe.runIf(process.platform === 'linux')('weights in memory', () => {
  it('are mapped, not copied, for two programs', async () => {
    const before = await residentMb();
    await loaded('f32', async () => {
      // Measured growth: 0.2 MB.
      expect((await residentMb()).anonymous - before.anonymous).toBeLessThan(16);
    });
  });

  it('are given back by a release, and come back with the next run', async () => {
    await loaded('f32', async (module) => {
      const { y } = await module.run('first', x);
      const before = await residentMb();
      await module.release();
      // 67 MB are mapped.
      expect(before.files - (await residentMb()).files).toBeGreaterThan(60);
      expect((await module.run('first', x)).y).toEqual(y);
    });
    await loaded('bf16', async (module) => {
      const { y } = await module.run('second', x);
      const before = await residentMb();
      await module.release();
      // 67 MB are a copy in f32.
      expect(before.anonymous - (await residentMb()).anonymous).toBeGreaterThan(60);
      expect((await module.run('second', x)).y).toEqual(y);
    });
  });

  it('that are converted are held once while a program is added', async () => {
    await loaded('bf16', async (module) => {
      await resetPeak();
      const before = await residentMb();
      await module.add({ third: product() });
      await module.run('third', x);
      // A second copy would be 67 MB more, on top of the 34 MB that are mapped while they are converted.
      expect((await residentMb()).peak - before.peak).toBeLessThan(50);
    });
  });
});
