import { chmod, link, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ByteSource, f32Tensor, type WeightEntry, type WeightStore } from '@mokus/core';
import { Graph, linear, type Program } from '@mokus/graph';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cpuBackend } from '../src/index.js';
import { fileSource } from './support/file-source.js';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mokus-weights-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Writes W = [[1, 2], [3, 4]] times `factor` at an offset that suits no dtype, and returns the path. */
async function writeWeights(path: string, factor = 1): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const bytes = new Uint8Array(7 + 16);
  bytes.set(new Uint8Array(Float32Array.of(1, 2, 3, 4).map((each) => factor * each).buffer), 7);
  await writeFile(path, bytes);
  return path;
}

function entry(name: string, source: ByteSource): WeightEntry {
  return { name, dtype: 'f32', shape: [2, 2], source, offset: 7, length: 16 };
}

function storeOf(...entries: readonly WeightEntry[]): WeightStore {
  return {
    name: 'weights',
    get: (name) => entries.find((each) => each.name === name),
    names: () => entries.map((each) => each.name),
  };
}

/** y = x A^T B^T ... over the named weights. */
function chain(...names: readonly string[]): Program {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 2]);
  graph.output(
    'y',
    names.reduce((value, name) => linear(value, graph.weight(name, [2, 2])), x),
  );
  return graph.build();
}

async function run(store: WeightStore, ...names: readonly string[]): Promise<number[]> {
  const module = await cpuBackend().load(store, { chain: chain(...names) });
  const { y } = await module.run('chain', { x: f32Tensor([1, 2], [1, 10]) });
  await module.dispose();
  return [...(y?.data ?? [])];
}

describe('weights in files', () => {
  it('behind a symbolic link, as in a hub cache', async () => {
    const blob = await writeWeights(join(folder, 'blobs', '0f3e'));
    const snapshot = join(folder, 'snapshots', 'main', 'model.safetensors');
    await mkdir(dirname(snapshot), { recursive: true });
    await symlink(blob, snapshot);
    expect(await run(storeOf(entry('a', await fileSource(snapshot))), 'a')).toEqual([21, 43]);
  });

  it("under pnpm's layout: a package's folder is a link, its files are hard links into the store", async () => {
    const stored = await writeWeights(join(folder, 'store', 'files', '7c', '0f3e'));
    const real = join(folder, 'node_modules', '.pnpm', '@scope+model@1.0.0', 'node_modules', '@scope', 'model');
    await mkdir(join(real, 'vae'), { recursive: true });
    await link(stored, join(real, 'vae', 'model.safetensors'));
    const linked = join(folder, 'node_modules', '@scope', 'model');
    await mkdir(dirname(linked));
    await symlink('../.pnpm/@scope+model@1.0.0/node_modules/@scope/model', linked);
    const source = await fileSource(join(linked, 'vae', 'model.safetensors'));
    expect(await run(storeOf(entry('a', source)), 'a')).toEqual([21, 43]);
  });

  it('in a read-only folder, beside which nothing is written', async () => {
    const path = await writeWeights(join(folder, 'sealed', 'model.safetensors'));
    await chmod(path, 0o444);
    await chmod(dirname(path), 0o555);
    expect(await run(storeOf(entry('a', await fileSource(path))), 'a')).toEqual([21, 43]);
    // The superuser could have written there.
    expect(await readdir(folder, { recursive: true })).toEqual(['sealed', join('sealed', 'model.safetensors')]);
    await chmod(dirname(path), 0o755);
  });

  it('in sibling folders, under names with spaces and letters of many scripts', async () => {
    const a = await fileSource(await writeWeights(join(folder, 'text encoder', 'Übung 模型 🎺.safetensors')));
    const b = await fileSource(await writeWeights(join(folder, 'transformer', 'shard#1%20.safetensors'), 2));
    expect(await run(storeOf(entry('a', a), entry('b', b)), 'a', 'b')).toEqual([2 * (21 + 86), 2 * (63 + 172)]);
  });

  it('beside weights in memory', async () => {
    const a = await fileSource(await writeWeights(join(folder, 'model.safetensors')));
    const bytes = new Uint8Array(await readFile(await writeWeights(join(folder, 'other'), 2)));
    const b: ByteSource = {
      size: bytes.length,
      read: async (offset, length) => bytes.subarray(offset, offset + length),
    };
    expect(await run(storeOf(entry('a', a), entry('b', b)), 'a', 'b')).toEqual([2 * (21 + 86), 2 * (63 + 172)]);
  });
});
