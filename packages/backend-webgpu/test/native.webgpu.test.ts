/** What happens on the device of onnxruntime-node's provider: how often weights go there, and what is refused. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { f32Tensor, type HostTensor, type WeightStore } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { Graph, linear, type Program } from '@mokus/graph';
import { lowerAlone, onnxBackend } from '@mokus/onnx';
import { InferenceSession } from 'onnxruntime-node';
import { expect, it, onTestFinished, vi } from 'vitest';
import { nativeRuntime } from '../src/native/runtime.js';
import { nativeWebgpuBackend } from '../src/native.js';

const timeout = 600_000;
const width = 64;

/** A matrix of sevens. */
const store: WeightStore = {
  name: 'weights',
  names: () => ['w'],
  get: (name) => {
    const bytes = new Uint8Array(new Float32Array(width * width).fill(7).buffer);
    const source = { size: bytes.length, read: async (at: number, length: number) => bytes.subarray(at, at + length) };
    return name === 'w'
      ? { name, dtype: 'f32', shape: [width, width], source, offset: 0, length: bytes.length }
      : undefined;
  },
};

function layer(): Program {
  const graph = new Graph();
  graph.output('y', linear(graph.input('x', 'f32', ['n', width]), graph.weight('w', [width, width])));
  return graph.build();
}

/** A bool that is passed through: ONNX's Identity has no kernel for it on WebGPU. */
function passing(): Program {
  const graph = new Graph();
  graph.output('y', graph.input('x', 'bool', ['n']));
  return graph.build();
}

interface ProfileEvent {
  readonly name: string;
  readonly args?: { readonly op_name?: string; readonly provider?: string };
}

it('copies no weight to the GPU in a run', { timeout }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mokus-profile-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const backend = onnxBackend(nativeRuntime(join(folder, 'runs')), { device: 'webgpu' });
  const module = await backend.load(store, { layer: layer() });
  for (let run = 0; run < 3; run++) {
    const { y } = await module.run('layer', { x: f32Tensor([1, width], new Float32Array(width).fill(1)) });
    expect(y?.data[0]).toBe(7 * width);
  }
  // The profile is whole when its session is freed.
  await module.dispose();
  const [file = ''] = await readdir(folder);
  const events: ProfileEvent[] = JSON.parse(await readFile(join(folder, file), 'utf8'));
  const kernels = events.filter(({ name }) => name.endsWith('kernel_time')).map(({ args }) => args?.op_name);
  expect(kernels.filter((each) => each === 'Gemm')).toHaveLength(3);
  expect(kernels.filter((each) => each === 'MemcpyFromHost')).toEqual([]);
});

it('refuses a node that would run on the CPU, by name, unless it is allowed', { timeout }, async () => {
  const programs = { pass: passing() };
  const module = await nativeWebgpuBackend().load(store, { layer: layer() });
  for (const refused of [
    await refusalOf(() => nativeWebgpuBackend().load(store, programs)),
    await refusalOf(() => module.add(programs)),
  ]) {
    expect([refused.code, refused.message]).toEqual([
      'unsupported',
      expect.stringMatching(/"pass".*"pass\/output\/Identity.*bool/),
    ]);
  }
  expect(module.programs).toEqual(['layer']);
  await module.dispose();
  const allowed = await nativeWebgpuBackend({ allowCpu: true }).load(store, programs);
  const given: HostTensor = { location: 'host', dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) };
  expect((await allowed.run('pass', { x: given })).y?.data).toEqual(given.data);
  await allowed.dispose();
});

/** What onnxruntime-node says of a model where no Vulkan driver is: in a process of its own, for a driver stays loaded. */
async function messageWithoutDriver(model: Uint8Array): Promise<string> {
  const probe = `
    const { InferenceSession } = require(${JSON.stringify(createRequire(import.meta.url).resolve('onnxruntime-node'))});
    InferenceSession.create(Buffer.from(process.argv[1], 'base64'), { executionProviders: ['webgpu'] }).then(
      () => console.log('it found one'),
      (error) => console.log(error.message),
    );`;
  const env = { ...process.env, VK_DRIVER_FILES: '/nowhere', VK_ICD_FILENAMES: '/nowhere' };
  const base64 = Buffer.from(model).toString('base64');
  return (await promisify(execFile)(process.execPath, ['--eval', probe, base64], { env })).stdout;
}

it('says that there is no adapter as the provider of onnxruntime-web does', { timeout }, async () => {
  const program = layer();
  const message = await messageWithoutDriver(lowerAlone('layer', program, nativeRuntime()).model);
  const create = vi.spyOn(InferenceSession, 'create').mockRejectedValueOnce(new Error(message));
  onTestFinished(() => create.mockRestore());
  const refused = await refusalOf(() => nativeWebgpuBackend().load(store, { layer: program }));
  expect([refused.code, refused.message]).toEqual([
    'backend',
    expect.stringMatching(/^no GPU adapter: install a Vulkan/),
  ]);
});
