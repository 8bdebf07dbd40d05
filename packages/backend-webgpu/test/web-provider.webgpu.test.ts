/** onnxruntime-web's WebGPU provider in Node: one linear layer and its gradient, against the float64 interpreter. */
import { f32Tensor, MokusError, referenceBackend, seededNoise, type WeightStore } from '@mokus/core';
import { Graph, gradients, linear, mse, type Program } from '@mokus/graph';
import { expect, it } from 'vitest';
import { webgpuBackend } from '../src/index.js';
import { provideWebgpu } from '../src/node.js';

const noise = seededNoise(11);
const numbers = (size: number): Float32Array => Float32Array.from({ length: size }, () => 2 * noise.uniform() - 1);

function layer(): Program {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 8]);
  const weight = graph.weight('weight', [6, 8]);
  const y = linear(x, weight);
  const loss = mse(y, graph.input('target', 'f32', ['n', 6]));
  const [ofX, ofWeight] = gradients([{ value: loss, cotangent: graph.scalar('f32', 1) }], [x, weight]);
  graph.output('y', y);
  graph.output('loss', loss);
  graph.output('gradient of x', ofX!);
  graph.output('gradient of weight', ofWeight!);
  return graph.build();
}

it('runs a linear layer and its gradient, at two sizes', { timeout: 600_000 }, async () => {
  const refused = ((): unknown => {
    try {
      return webgpuBackend();
    } catch (error) {
      return error;
    }
  })();
  expect(MokusError.isInstance(refused) && refused.code).toBe('backend');

  provideWebgpu();
  const bytes = new Uint8Array(numbers(48).buffer);
  const source = { size: 192, read: async (offset: number, length: number) => bytes.subarray(offset, offset + length) };
  const store: WeightStore = {
    name: 'weights',
    get: (name) => ({ name, dtype: 'f32', shape: [6, 8], source, offset: 0, length: 192 }),
    names: () => ['weight'],
  };
  const module = await webgpuBackend().load(store, { layer: layer() });
  const reference = await referenceBackend().load(store, { layer: layer() });
  for (const n of [1, 5]) {
    const inputs = { x: f32Tensor([n, 8], numbers(8 * n)), target: f32Tensor([n, 6], numbers(6 * n)) };
    const got = await module.run('layer', inputs);
    const expected = await reference.run('layer', inputs);
    expect(Object.keys(got)).toEqual(Object.keys(expected));
    for (const [name, { shape, data }] of Object.entries(expected)) {
      expect(got[name]?.shape).toEqual(shape);
      const error = Math.max(...Array.from(data, (each, at) => Math.abs(each - (got[name]?.data[at] ?? Number.NaN))));
      expect(error).toBeLessThan(1e-6);
    }
  }
  await module.dispose();
});
