import { fromBinary } from '@bufbuild/protobuf';
import type { WeightEntry, WeightStore } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { add, divide, Graph, gradients, linear, multiply, type Operation, type Program, reshape } from '@mokus/graph';
import { ModelProtoSchema, type NodeProto } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { defaultLowerings, type LowerOptions, lower } from '../src/index.js';

const options: LowerOptions = {
  backend: 'test',
  compute: ['f32'],
  storage: ['f32', 'bf16'],
  lowerings: defaultLowerings,
  mapsFiles: true,
  castsStorage: true,
};

function entry(name: string, changes: Partial<WeightEntry> = {}): WeightEntry {
  const source = { size: 100, filePath: '/models/a b/weights.safetensors', read: async () => new Uint8Array(0) };
  return { name, dtype: 'f32', shape: [3, 4], source, offset: 9, length: 48, ...changes };
}

function storeOf(...entries: readonly WeightEntry[]): WeightStore {
  return { name: 'weights', get: (name) => entries.find((each) => each.name === name), names: () => [] };
}

function layer(withGradient: boolean): Program {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['batch', 'length', 4]);
  const y = linear(x, graph.weight('w', [3, 4]));
  graph.output('y', y);
  if (withGradient) {
    const cotangent = graph.input('cotangent', 'f32', ['batch', 'length', 3]);
    graph.output('gradient', gradients([{ value: y, cotangent }], [x])[0]!);
  }
  return graph.build();
}

async function modelOf(programs: Record<string, Program>, store: WeightStore = storeOf(entry('w'))) {
  const component = await lower(programs, store, options);
  const { graph } = fromBinary(ModelProtoSchema, component.model);
  const branches = graph?.node.filter((each) => each.opType === 'If') ?? [];
  const bodies = branches.map((each) => each.attribute.find(({ name }) => name === 'then_branch')?.g?.node ?? []);
  return { component, graph, branches, bodies };
}

const count = (nodes: readonly NodeProto[], opType: string): number =>
  nodes.filter((node) => node.opType === opType).length;

describe('lower', () => {
  it('reads a layer and its gradient from one weight, through Gemm alone', async () => {
    const { graph, bodies } = await modelOf({ forward: layer(false), backward: layer(true) });
    expect(bodies.map((body) => count(body, 'Gemm'))).toEqual([1, 2]);
    expect(bodies.flat().filter(({ opType }) => opType === 'Transpose' || opType === 'MatMul')).toEqual([]);
    const weights = graph?.initializer.filter(({ name }) => name === 'weight:w');
    expect(weights).toHaveLength(1);
    expect(Object.fromEntries(weights?.[0]?.externalData.map(({ key, value }) => [key, value]) ?? [])).toEqual({
      location: 'models/a b/weights.safetensors',
      offset: '9',
      length: '48',
    });
  });

  it('shares equal inputs of several programs and keeps unequal ones apart', async () => {
    const other = new Graph();
    other.output('y', multiply(other.input('x', 'f32', ['n']), 2));
    const { component } = await modelOf({ a: layer(false), b: layer(true), c: other.build() });
    expect(component.inputs.map(({ name }) => name)).toEqual(['input:x', 'input:cotangent', 'c:input:x']);
  });

  it('casts a stored type once, around all programs', async () => {
    const store = storeOf(entry('w', { dtype: 'bf16', length: 24 }));
    const { graph } = await modelOf({ a: layer(false), b: layer(true) }, store);
    expect(graph?.node.filter(({ opType }) => opType === 'Cast')).toHaveLength(1);
  });

  it('refuses a stored type that the target does not take, by tensor, file, type and backend', async () => {
    const store = storeOf(entry('w', { dtype: 'f16', length: 24 }));
    const refused = await refusalOf(() => lower({ a: layer(false) }, store, options));
    expect([refused.code, refused.details]).toEqual([
      'unsupported',
      { tensor: 'w', file: '/models/a b/weights.safetensors', backend: 'test' },
    ]);
    expect(refused.message).toMatch(/stored as f16; backend test takes f32, bf16/);
  });

  it('runs of a chain of reshapes the last one, and equal nodes once', async () => {
    const graph = new Graph();
    const x = graph.input('x', 'f32', ['n', 6]);
    const folded = reshape(reshape(reshape(x, [-1, 3]), [-1, 2]), [-1, 6, 1]);
    graph.output('y', add(multiply(folded, 2), multiply(folded, 2)));
    graph.output('x', reshape(reshape(x, [-1, 2]), [-1, 6]));
    const { bodies } = await modelOf({ p: graph.build() });
    expect([count(bodies[0]!, 'Reshape'), count(bodies[0]!, 'Mul')]).toEqual([1, 1]);
  });

  it('stores equal constants once, and tells a negative zero from a zero', async () => {
    const graph = new Graph();
    const x = graph.input('x', 'f32', [1]);
    for (const [index, divisor] of [0, -0, 0].entries()) graph.output(`y${index}`, divide(x, divisor));
    const { branches } = await modelOf({ p: graph.build() });
    const body = branches[0]?.attribute.find(({ name }) => name === 'then_branch')?.g;
    const signs = body?.initializer.map(({ rawData }) => rawData[3]);
    expect(signs).toEqual([0, 0x80]);
  });

  it('decomposes what it has no lowering for, and refuses what has no decomposition by name', async () => {
    const triple: Operation<Record<string, never>> = {
      name: 'example.triple',
      infer: ([x]) => x!,
      evaluate: ([x]) => x!.data.map((each) => 3 * each),
      decompose: ([x]) => multiply(x!, 3),
    };
    const programOf = (operation: Operation<Record<string, never>>): Program => {
      const graph = new Graph();
      graph.output('y', graph.apply(operation, [graph.input('x', 'f32', [2])], {}));
      return graph.build();
    };
    const program = programOf(triple);
    const { bodies } = await modelOf({ p: program });
    expect(count(bodies[0]!, 'Mul')).toBe(1);
    expect(program.values).toHaveLength(2);
    const { decompose: _, ...opaque } = triple;
    const refused = await refusalOf(() => modelOf({ p: programOf(opaque) }));
    expect([refused.code, refused.details]).toEqual(['unsupported', { operation: 'example.triple', backend: 'test' }]);
  });
});
