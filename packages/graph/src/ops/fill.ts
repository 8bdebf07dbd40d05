import { type Dim, type DimLike, dim, elementCount, type Shape } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Graph, Value } from '../graph.js';
import type { Operation } from '../operation.js';
import type { DType } from '../tensor-type.js';

export interface IotaAttributes {
  readonly length: Dim;
  readonly dtype: DType;
}

export interface FillAttributes {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly value: number;
}

export const iotaOperation: Operation<IotaAttributes> = {
  name: 'iota',
  infer(_, { length, dtype }) {
    if (dtype === 'bool') throw new GraphError('dtype', 'cannot count in bool', 'iota');
    return { dtype, shape: [length] };
  },
  evaluate: (_, { output }) => new Float64Array(output.shape[0] as number).map((_each, index) => index),
  vjp: () => [],
};

export const fillOperation: Operation<FillAttributes> = {
  name: 'fill',
  infer: (_, { shape, dtype }) => ({ dtype, shape }),
  evaluate: (_, { attributes, output }) => new Float64Array(elementCount(output.shape)).fill(attributes.value),
  vjp: () => [],
};

/** 0, 1, ... n - 1. */
export function iota(graph: Graph, n: DimLike, dtype: DType): Value {
  return graph.apply(iotaOperation, [], { length: dim(n), dtype });
}

/** A constant of any size, symbolic too; a bool is 0 or 1. */
export function fill(graph: Graph, shape: readonly DimLike[], dtype: DType, value: number): Value {
  return graph.apply(fillOperation, [], { shape: shape.map(dim), dtype, value });
}

/** Zeros of the shape and dtype of x. */
export function zerosLike(x: Value): Value {
  return fill(x.graph, x.shape, x.dtype, 0);
}
