/** On a machine with an NVIDIA GPU: `npm run test:cuda`. */
import { f32Tensor, type WeightStore } from '@mokus/core';
import { testBackend } from '@mokus/core/testing';
import { attention, Graph, linear, type Program, reshape, rmsNorm } from '@mokus/graph';
import { expect, it, test } from 'vitest';
import { cudaBackend } from '../src/index.js';

testBackend({ backend: cudaBackend(), test });

const values = new Float32Array(64 * 64).map((_, at) => Math.sin(at + 1) / 8);
const weights: WeightStore = {
  name: 'weights',
  names: () => ['w', 'norm'],
  get: (name) => {
    const shape = name === 'w' ? [64, 64] : [64];
    const data = new Uint8Array(values.slice(0, name === 'w' ? 64 * 64 : 64).buffer);
    const read = async (offset: number, length: number): Promise<Uint8Array> => data.slice(offset, offset + length);
    return { name, dtype: 'f32', shape, source: { size: data.length, read }, offset: 0, length: data.length };
  },
};

function layer(): Program {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 64]);
  const y = linear(rmsNorm(x, graph.weight('norm', [64]), 1e-6), graph.weight('w', [64, 64]));
  const heads = reshape(y, [1, -1, 4, 16]);
  graph.output('y', reshape(attention(heads, heads, heads, { causal: true }), [-1, 64]));
  return graph.build();
}

// Of the largest magnitude: the kit's tolerances of one operation in each type, over a few of them.
it.each([['f16', 1e-2] as const, ['bf16', 6e-2] as const])('computes a layer in %s', async (precision, tolerance) => {
  const x = f32Tensor([7, 64], values.slice(0, 7 * 64));
  const run = async (backend: ReturnType<typeof cudaBackend>): Promise<Float32Array> => {
    const module = await backend.load(weights, { layer: layer() });
    const { y } = await module.run('layer', { x });
    await module.dispose();
    return y?.data as Float32Array;
  };
  const [narrow, wide] = [await run(cudaBackend({ precision })), await run(cudaBackend())];
  const largest = Math.max(...wide.map(Math.abs));
  expect(Math.max(...narrow.map((each, at) => Math.abs(each - (wide[at] ?? 0)))) / largest).toBeLessThan(tolerance);
});

it('says what is free on the GPU', () => {
  expect(cudaBackend().availableBytes?.()).toBeGreaterThan(2 ** 20);
});
