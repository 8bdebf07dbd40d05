/**
 * Programs in f16: the whole conformance kit where the adapter has shader-f16 (Mesa's lavapipe from version 25 on has it:
 * name it in VK_DRIVER_FILES), and what is refused where it has not, as SwiftShader.
 */
import { f32Tensor, type WeightStore } from '@mokus/core';
import { refusalOf, testBackend } from '@mokus/core/testing';
import { Graph, multiply, type Program, subtract } from '@mokus/graph';
import { describe, expect, it } from 'vitest';
import { webgpuBackend } from '../src/index.js';
import { provideWebgpu } from '../src/node.js';

provideWebgpu();
const hasF16 = (await navigator.gpu.requestAdapter())?.features.has('shader-f16') ?? false;
const timeout = 600_000;
const noWeights: WeightStore = { name: 'no weights', get: () => undefined, names: () => [] };

/** y = s x - s x, which is 0 unless s x is beyond what a type holds. */
function difference(factor: number): Program {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n']);
  const scaled = multiply(x, factor);
  graph.output('y', subtract(scaled, multiply(x, factor)));
  return graph.build();
}

const x = f32Tensor([2], [1, 3]);

function onAnAdapterWithF16(): void {
  testBackend({
    backend: webgpuBackend({ precision: 'f16' }),
    precision: 'f16',
    test: (name, run) => it(name, { timeout }, run),
  });

  it('refuses results that are no numbers, unless asked for f32', { timeout }, async () => {
    const programs = { large: difference(40_000), small: difference(10_000) };
    const module = await webgpuBackend().load(noWeights, programs);
    expect((await module.run('small', { x })).y?.data).toEqual(Float32Array.of(0, 0));
    for (const run of [
      () => module.run('large', { x }),
      async () => {
        const { y } = await module.runOnDevice!('large', { x });
        return y?.location === 'device' ? y.read() : undefined;
      },
    ]) {
      const refused = await refusalOf(run);
      expect([refused.code, refused.message]).toEqual([
        'backend',
        expect.stringMatching(/program "large": output "y" came out as NaN.*65504.*precision: 'f32'/),
      ]);
    }
    await module.dispose();
    const wide = await webgpuBackend({ precision: 'f32' }).load(noWeights, programs);
    expect((await wide.run('large', { x })).y?.data).toEqual(Float32Array.of(0, 0));
    await wide.dispose();
  });
}

function onAnAdapterWithout(): void {
  it('computes in f32, and refuses f16 before anything is loaded', { timeout }, async () => {
    const programs = { large: difference(40_000) };
    const module = await webgpuBackend().load(noWeights, programs);
    expect((await module.run('large', { x })).y?.data).toEqual(Float32Array.of(0, 0));
    await module.dispose();
    const refused = await refusalOf(() => webgpuBackend({ precision: 'f16' }).load(noWeights, programs));
    expect([refused.code, refused.details, refused.message]).toEqual([
      'unsupported',
      { field: 'precision', backend: 'webgpu' },
      expect.stringMatching(/lacks the feature shader-f16/),
    ]);
  });
}

// Which tests there are depends on the adapter, so that none is skipped.
describe(`on an adapter ${hasF16 ? 'with' : 'without'} shader-f16`, hasF16 ? onAnAdapterWithF16 : onAnAdapterWithout);

it('refuses a precision that it does not know', async () => {
  const refused = await refusalOf(async () => webgpuBackend({ precision: 'bf16' as 'f16' }));
  expect([refused.code, refused.details.field]).toEqual(['input', 'precision']);
});
