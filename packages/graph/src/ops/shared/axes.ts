import { type Dim, elementCount, type Shape, shapeText } from '../../dims.js';
import { GraphError } from '../../errors.js';

/** The refusal of an axis that a shape does not have. */
export function missingAxis(code: 'attribute' | 'shape', axis: number, shape: Shape, operation?: string): GraphError {
  const rank = shape.length;
  const mend =
    rank === 0 ? 'a single number has none' : `give one from 0 to ${rank - 1}, or from the end -1 to -${rank}`;
  return new GraphError(code, `${shapeText(shape)} has no axis ${axis}: ${mend}`, operation);
}

/** A non-negative axis; negative ones count from the end. Throws {@link GraphError} `attribute` when it is not there. */
export function normalizeAxis(operation: string, axis: number, shape: Shape): number {
  const normal = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= shape.length) {
    throw missingAxis('attribute', axis, shape, operation);
  }
  return normal;
}

/** Sorted non-negative axes; throws {@link GraphError} `attribute` when one is missing or named twice. */
export function normalizeAxes(operation: string, axes: readonly number[], shape: Shape): readonly number[] {
  const normal = axes.map((axis) => normalizeAxis(operation, axis, shape)).sort((a, b) => a - b);
  if (new Set(normal).size !== normal.length) {
    throw new GraphError('attribute', `axes [${axes.join(', ')}] name an axis twice`, operation);
  }
  return normal;
}

/** 0, 1, ... count - 1. */
export function range(count: number): number[] {
  const numbers: number[] = [];
  for (let index = 0; index < count; index++) numbers.push(index);
  return numbers;
}

/** The last dimension; throws {@link GraphError} `shape` for rank 0. */
export function lastDim(operation: string, shape: Shape): Dim {
  const last = shape.at(-1);
  if (last === undefined) throw new GraphError('shape', 'needs a value with at least one axis, got rank 0', operation);
  return last;
}

/** The last dimension as a number; throws {@link GraphError} `shape` when it is symbolic. */
export function lastNumber(operation: string, shape: Shape): number {
  const last = lastDim(operation, shape);
  if (typeof last !== 'number') {
    throw new GraphError('shape', `the last dimension of ${shapeText(shape)} must be a number`, operation);
  }
  return last;
}

/** Throws {@link GraphError} `shape` unless the rank is the one expected; `layout` is for the message. */
export function requireRank(operation: string, name: string, shape: Shape, layout: string, rank: number): void {
  if (shape.length !== rank) {
    throw new GraphError('shape', `${name} has shape ${shapeText(shape)}, expected ${layout}`, operation);
  }
}

/** Around one axis: how many blocks lie before it, its length, and how many elements one step along it skips. */
export function axisExtents(shape: readonly number[], axis: number): { outer: number; length: number; inner: number } {
  const [outer, inner] = [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis + 1))];
  return { outer, length: shape[axis] ?? 1, inner };
}
