import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WeightStore } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { Graph, linear, type Program, softmax } from '@mokus/graph';
import { lower, onnxBackend } from '@mokus/onnx';
import { describe, expect, it } from 'vitest';
import { freeBytes } from '../src/memory.js';
import { placementOf, readPlacement, requireOnDevice } from '../src/placement.js';
import { cudaRuntime } from '../src/runtime.js';

const log = readFileSync(new URL('fixtures/placement.txt', import.meta.url), 'utf8');

/** 16 kB of weights that nobody reads: a placement needs none. */
const sealed: WeightStore = {
  name: 'weights',
  names: () => ['w'],
  get: () => ({
    name: 'w',
    dtype: 'f32',
    shape: [64, 64],
    source: {
      size: 16384,
      filePath: '/nowhere/model.safetensors',
      read: () => Promise.reject(new Error('a weight was read')),
    },
    offset: 0,
    length: 16384,
  }),
};

function layer(): Program {
  const graph = new Graph();
  graph.output('y', softmax(linear(graph.input('x', 'f32', ['n', 64]), graph.weight('w', [64, 64]))));
  return graph.build();
}

describe('where nodes run', () => {
  it('is read from the log of the CUDA provider, branches and shapes included', () => {
    const { nodes, byChoice, everywhere } = readPlacement(log);
    expect(everywhere).toBeUndefined();
    expect([...nodes.keys()]).toEqual(['CPUExecutionProvider', 'CUDAExecutionProvider']);
    expect(
      nodes
        .get('CPUExecutionProvider')
        ?.map(({ name }) => name)
        .sort(),
    ).toEqual([...byChoice].sort());
    expect(nodes.get('CUDAExecutionProvider')).toContainEqual({ opType: 'If', name: 'encode' });
    expect(() => requireOnDevice(readPlacement(log), 'cuda')).not.toThrow();
  });

  it('refuses a node without a kernel by its program and operation', async () => {
    const fallen = log.replace(/^.*Force fallback to CPU execution for node: encode\/reshape\/Mul.2 .*$/m, '');
    const refusal = await refusalOf(async () => requireOnDevice(readPlacement(fallen), 'cuda'));
    expect([refusal.code, refusal.details]).toEqual(['unsupported', { backend: 'cuda', operation: 'reshape' }]);
    expect(refusal.message).toMatch(/1 nodes?, the first reshape \(Mul\) of program "encode"/);
  });

  it('is not believed where the log is cut off', async () => {
    const cut = log.slice(0, log.lastIndexOf('VerifyEachNode'));
    expect((await refusalOf(async () => readPlacement(cut))).message).toMatch(/it names \d+ of \d+;/);
  });

  it('is no matter where the device is refused: what loads it is not said to help', async () => {
    const refused = 'refused: CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version';
    const { message } = await refusalOf(async () => readPlacement(refused));
    expect(message).toMatch(/^onnxruntime refuses the device, or the model: CUDA failure 35: .*; mokus doctor says/);
  });

  it('is asked of a process of its own, without reading a weight', async () => {
    const runtime = cudaRuntime({}, { provider: { name: 'cpu' }, lacks: () => false });
    const { model } = await lower({ layer: layer() }, sealed, runtime);
    const placement = await placementOf(model, { name: 'cpu' });
    expect(placement.everywhere).toBe('CPUExecutionProvider');
    const refusal = await refusalOf(async () => requireOnDevice(placement, 'cuda'));
    expect(refusal.message).toMatch(/no kernel for every node/);
    // Who loads sees the same refusal, not one of the runtime around it.
    const refusing = { ...runtime, createSession: () => Promise.reject(refusal) };
    const load = onnxBackend(refusing, { device: 'cpu' }).load(sealed, { layer: layer() });
    await expect(load).rejects.toBe(refusal);
    // Without its libraries the CUDA provider says nothing of nodes; with them this is the answer for a GPU.
    const onCuda = await placementOf(model, { name: 'cuda', deviceId: 0 }).catch((error: Error) => error.message);
    if (typeof onCuda === 'string') expect(onCuda).toMatch(/onnxruntime (does not take|cannot load|refuses) /);
    else expect(() => requireOnDevice(onCuda, 'cuda')).not.toThrow();
  });
});

describe('memory', () => {
  it('refuses weights beyond the limit before they are loaded, with both numbers', async () => {
    const runtime = cudaRuntime({ memoryLimit: 10_000 }, { provider: { name: 'cpu' }, lacks: () => false });
    const backend = onnxBackend(runtime, { device: 'cpu' });
    const refusal = await refusalOf(() => backend.load(sealed, { layer: layer() }, { component: 'transformer' }));
    expect(refusal.message).toMatch(
      /^loading transformer on backend cuda: its weights take 0.00 GB, the limit is 0.00 GB/,
    );
  });

  it.runIf(process.platform === 'linux')(
    'asks the driver for what is free, and says nothing where nothing answers',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'mokus-smi-'));
      const path = process.env.PATH;
      try {
        process.env.PATH = folder;
        expect(freeBytes(0)).toBeUndefined();
        // The driver's tool answers so when it is asked for one GPU's free memory in MiB.
        const answer =
          '#!/bin/sh\n[ "$*" = "--query-gpu=memory.free --format=csv,noheader,nounits --id=1" ] && echo 22937\n';
        writeFileSync(join(folder, 'nvidia-smi'), answer, { mode: 0o755 });
        expect([freeBytes(1), freeBytes(0)]).toEqual([22937 * 2 ** 20, undefined]);
      } finally {
        process.env.PATH = path;
        rmSync(folder, { recursive: true });
      }
    },
  );
});
