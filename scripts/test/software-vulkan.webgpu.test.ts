/**
 * The ground under the webgpu suite: onnxruntime-node's WebGPU provider finds a Vulkan driver and computes.
 * When this fails, the machine is at fault and not a lowering.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderOf } from '../lib/house.mjs';
import { root } from '../lib/run.mjs';

const from = (folder: string) => createRequire(join(root, folderOf(folder), 'package.json'));

it('multiplies two matrices', async () => {
  const { InferenceSession, Tensor } = from('backend-cpu')('onnxruntime-node');
  const { create, toBinary } = from('onnx')('@bufbuild/protobuf');
  const { ModelProtoSchema } = from('onnx')('onnx-buf');

  const dimension = (size: number) => ({ value: { case: 'dimValue', value: BigInt(size) } });
  const matrix = (name: string, rows: number, columns: number) => ({
    name,
    type: {
      value: { case: 'tensorType', value: { elemType: 1, shape: { dim: [dimension(rows), dimension(columns)] } } },
    },
  });
  const model = create(ModelProtoSchema, {
    irVersion: 10n,
    opsetImport: [{ version: 21n }],
    graph: {
      name: 'product',
      node: [{ opType: 'MatMul', input: ['a', 'b'], output: ['c'] }],
      input: [matrix('a', 2, 3), matrix('b', 3, 2)],
      output: [matrix('c', 2, 2)],
    },
  });
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, model), { executionProviders: ['webgpu'] });
  const results = await session.run({
    a: new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]),
    b: new Tensor('float32', Float32Array.of(7, 8, 9, 10, 11, 12), [3, 2]),
  });
  expect(results.c?.data).toEqual(Float32Array.of(58, 64, 139, 154));
  await session.release();
});
