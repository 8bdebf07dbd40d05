import { f32Tensor, type HostTensor, i32Tensor, referenceBackend, type WeightStore } from '@mokus/core';
import {
  attention,
  crossEntropy,
  decomposeProgram,
  Graph,
  gradients,
  linear,
  maximum,
  type Program,
  reduceMax,
  reduceMean,
  reshape,
  rmsNorm,
  type Value,
} from '@mokus/graph';
import { describe, expect, it } from 'vitest';
import { defaultLowerings, inPrecision, widenProgram } from '../src/index.js';

const values = new Float32Array(64).map((_, at) => Math.sin(3 * at + 1));
const weights: WeightStore = {
  name: 'weights',
  names: () => ['w', 'norm'],
  get: (name) => {
    const shape = name === 'w' ? [8, 8] : [8];
    const data = new Uint8Array(values.slice(0, name === 'w' ? 64 : 8).buffer);
    const read = async (offset: number, length: number) => data.slice(offset, offset + length);
    return { name, dtype: 'f32', shape, source: { size: data.length, read }, offset: 0, length: data.length };
  },
};

/** A layer with attention, a loss over it, and the loss's gradient. */
function model(): Program {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 8]);
  const normal = rmsNorm(x, graph.weight('norm', [8]), 1e-6);
  const heads = reshape(linear(normal, graph.weight('w', [8, 8])), [1, -1, 2, 4]);
  const mixed = reshape(attention(heads, heads, heads, { causal: true }), [-1, 8]);
  const loss = crossEntropy(mixed, graph.input('labels', 'i32', ['n']));
  graph.output('loss', loss);
  graph.output('gradient', gradients([{ value: loss, cotangent: graph.scalar('f32', 1) }], [x])[0] as Value);
  graph.output('mean', reduceMean(mixed));
  return graph.build();
}

async function run(program: Program): Promise<Record<string, HostTensor>> {
  const module = await referenceBackend().load(weights, { program });
  const x = f32Tensor([5, 8], values.slice(0, 40));
  return module.run('program', { x, labels: i32Tensor([5], [0, 7, 3, 3, 1]) });
}

/** The floating types of the operands of each operation, by name. */
function typesOf({ values: all }: Program): Map<string, Set<string>> {
  const types = new Map<string, Set<string>>();
  for (const { origin } of all) {
    if (origin.kind !== 'node') continue;
    const known = types.get(origin.operation.name) ?? new Set();
    for (const { dtype } of origin.inputs) known.add(dtype);
    types.set(origin.operation.name, known);
  }
  return types;
}

describe('inPrecision', () => {
  it('narrows weights and operands, keeps wide operations in f32, and means the same', async () => {
    const program = model();
    const narrow = inPrecision(program, { dtype: 'bf16' });
    expect(narrow.weights.map(({ dtype }) => dtype)).toEqual(['bf16', 'bf16']);
    expect([narrow.inputs, narrow.outputs.map(({ dtype }) => dtype)]).toEqual([program.inputs, ['f32', 'f32', 'f32']]);
    const types = typesOf(narrow);
    for (const operation of ['linear', 'rmsNorm', 'attention']) expect([...types.get(operation)!]).toEqual(['bf16']);
    for (const operation of ['crossEntropy', 'reduceMean', 'reduceSum']) {
      expect([...types.get(operation)!].filter((each) => each !== 'i32')).toEqual(['f32']);
    }
    // The interpreter rounds nothing inside a program, so nothing but types may have changed; weights are bf16 now.
    const [before, after] = [await run(program), await run(inPrecision(program, { dtype: 'f16' }))];
    for (const name of ['loss', 'gradient', 'mean']) expect(after[name]).toEqual(before[name]);
  });

  it('keeps derivatives in f32 where that is asked for, on weights of the narrow type', async () => {
    const narrow = inPrecision(model(), { dtype: 'f16', wideDerivatives: true });
    expect(narrow.weights.map(({ dtype }) => dtype)).toEqual(['f16', 'f16']);
    const derivatives = narrow.values.filter(({ origin }) => origin.kind === 'node' && origin.isDerivative);
    const operands = derivatives.flatMap(({ origin }) =>
      origin.kind === 'node' && origin.operation.name !== 'cast' ? origin.inputs.map(({ dtype }) => dtype) : [],
    );
    expect(operands.length).toBeGreaterThan(40);
    expect(new Set(operands)).toEqual(new Set(['f32', 'i32', 'bool']));
    // The forward pass is as narrow as ever.
    for (const operation of ['linear', 'rmsNorm', 'attention']) {
      expect([...typesOf(narrow).get(operation)!]).toContain('f16');
    }
    expect(await run(narrow)).toEqual(await run(inPrecision(model(), { dtype: 'f16' })));
  });

  it('keeps constants within the range of f16', () => {
    const graph = new Graph();
    graph.output('y', maximum(graph.input('x', 'f32', [2]), graph.constant('f32', [2], [-1e30, 1e30])));
    const { values: all } = inPrecision(graph.build(), { dtype: 'f16' });
    const constants = all.flatMap(({ origin, dtype }) => (origin.kind === 'constant' ? [[dtype, ...origin.data]] : []));
    expect(constants).toEqual([['f16', -65504, 65504]]);
  });

  it('leaves a program that is to be computed as written, and what became of one', () => {
    const graph = new Graph();
    graph.output('y', maximum(graph.input('x', 'f32', [2]), 0.1));
    const written = decomposeProgram(graph.build({ asWritten: true }), () => true);
    expect(inPrecision(written, { dtype: 'f16' })).toBe(written);
    expect(inPrecision(graph.build(), { dtype: 'f16' }).values.some(({ dtype }) => dtype === 'f16')).toBe(true);
  });
});

describe('widenProgram', () => {
  it('computes in f32 what has no kernel, between casts, and leaves every type', async () => {
    const narrow = decomposeProgram(inPrecision(model(), { dtype: 'bf16' }), (name) => defaultLowerings.has(name));
    const lacks = (operation: string): boolean => operation === 'reduceMax' || operation === 'softmax';
    const wide = widenProgram(narrow, lacks);
    expect(typesOf(narrow).get('softmax')).toEqual(new Set(['bf16']));
    expect(typesOf(wide).get('softmax')).toEqual(new Set(['f32']));
    expect(wide.outputs.map(({ dtype }) => dtype)).toEqual(narrow.outputs.map(({ dtype }) => dtype));
    expect(await run(wide)).toEqual(await run(narrow));
  });

  it('leaves programs in f32 as they are', () => {
    const graph = new Graph();
    graph.output('y', reduceMax(graph.input('x', 'f32', ['n'])));
    const program = widenProgram(graph.build(), () => true);
    expect(program.values.map(({ origin }) => origin.kind)).toEqual(['input', 'node']);
  });
});
