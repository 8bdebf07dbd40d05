import {
  type Backend,
  f32Tensor,
  type HostTensor,
  type Module,
  MokusError,
  type WeightEntry,
  type WeightStore,
} from '@mokus/core';
import { Graph, linear } from '@mokus/graph';
import { memorySource } from '@mokus/safetensors';
import type { Products } from './conjugate-gradients.js';

/** The symmetric positive definite scale M + shift I, for M too large to be factored, or copied without need. */
export interface LargeMatrix {
  /** M, [size, size] row-major. */
  readonly matrix: Float64Array;
  readonly size: number;
  readonly scale: number;
  readonly shift: number;
  /** For messages. */
  readonly what: string;
}

/** The matrix on the backend, in fp32; null where it does not go there. */
export async function placeMatrix(
  system: LargeMatrix,
  backend: Backend,
  signal?: AbortSignal,
): Promise<{ readonly module: Module; readonly products: Products } | null> {
  const { size } = system;
  const graph = new Graph();
  const directions = graph.input('rows', 'f32', ['count', size]);
  graph.output('products', linear(directions, graph.weight('matrix', [size, size])));
  const programs = { products: graph.build({ asWritten: true }) };
  let module: Module;
  try {
    module = await backend.load(inMemory(system), programs, { component: system.what, signal });
  } catch (error) {
    if (MokusError.isInstance(error) && (error.code === 'unsupported' || error.code === 'backend')) return null;
    throw error;
  }
  return {
    module,
    products: async (rows) => {
      const data = new Float32Array(rows.length * size);
      for (const [row, values] of rows.entries()) data.set(values, row * size);
      const { products } = await module.run('products', { rows: f32Tensor([rows.length, size], data) }, { signal });
      const all = new Float64Array((products as HostTensor<'f32'>).data);
      return rows.map((_, row) => all.subarray(row * size, (row + 1) * size));
    },
  };
}

function inMemory({ matrix, size, scale, shift, what }: LargeMatrix): WeightStore {
  const values = new Float32Array(matrix.length);
  for (let index = 0; index < values.length; index++) values[index] = scale * matrix[index]!;
  for (let index = 0; index < values.length; index += size + 1) values[index] = scale * matrix[index]! + shift;
  const source = memorySource(new Uint8Array(values.buffer), what);
  const entry: WeightEntry = {
    name: 'matrix',
    dtype: 'f32',
    shape: [size, size],
    source,
    offset: 0,
    length: source.size,
  };
  return { name: what, get: (name) => (name === entry.name ? entry : undefined), names: () => [entry.name] };
}
