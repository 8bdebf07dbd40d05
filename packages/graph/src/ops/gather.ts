import { type Dim, type DimLike, dim, elementCount, equalShapes, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireFloating, type TensorType, typeText } from '../tensor-type.js';
import { lastDim } from './shared/axes.js';
import { type NoAttributes, noAttributes } from './shared/operand.js';

export interface ScatterAddAttributes {
  /** Length of the result's first axis. */
  readonly rows: Dim;
}

/** Throws {@link GraphError} `dtype` unless the indices are i32. */
export function requireIndices(operation: string, indices: TensorType): void {
  if (indices.dtype !== 'i32') {
    throw new GraphError('dtype', `indices are ${typeText(indices)}; expected i32, cast them first`, operation);
  }
}

/** Throws {@link GraphError} `input` unless the index is a whole number in [0, length). */
export function requireIndex(operation: string, index: number, length: number): void {
  if (!(Number.isInteger(index) && index >= 0 && index < length)) {
    throw new GraphError('input', `index ${index} is outside [0, ${length})`, operation);
  }
}

export const gatherOperation: Operation<NoAttributes> = {
  name: 'gather',
  infer([table, indices]) {
    requireIndices('gather', indices!);
    lastDim('gather', table!.shape);
    return { dtype: table!.dtype, shape: [...indices!.shape, ...table!.shape.slice(1)] };
  },
  evaluate([table, indices]) {
    const [rows, ...rest] = table!.shape as [number, ...number[]];
    const width = elementCount(rest);
    const out = new Float64Array(indices!.data.length * width);
    indices!.data.forEach((row, at) => {
      requireIndex('gather', row, rows);
      out.set(table!.data.subarray(row * width, (row + 1) * width), at * width);
    });
    return out;
  },
  vjp: ({ inputs: [table, indices], cotangent, wanted }) => [
    wanted[0] ? scatterAdd(cotangent, indices!, table!.dim(0)) : undefined,
    undefined,
  ],
};

export const scatterAddOperation: Operation<ScatterAddAttributes> = {
  name: 'scatterAdd',
  infer([updates, indices], { rows }) {
    requireFloating('scatterAdd', 'updates', updates!);
    requireIndices('scatterAdd', indices!);
    const leading = updates!.shape.slice(0, indices!.shape.length);
    if (!equalShapes(leading, indices!.shape)) {
      const shapes = `${shapeText(updates!.shape)}, indices ${shapeText(indices!.shape)}`;
      throw new GraphError(
        'shape',
        `updates ${shapes}: updates must begin with the shape of the indices`,
        'scatterAdd',
      );
    }
    return { dtype: updates!.dtype, shape: [rows, ...updates!.shape.slice(indices!.shape.length)] };
  },
  evaluate([updates, indices], { output }) {
    const [rows, ...rest] = output.shape as [number, ...number[]];
    const width = elementCount(rest);
    const out = new Float64Array(rows * width);
    indices!.data.forEach((row, at) => {
      requireIndex('scatterAdd', row, rows);
      for (let column = 0; column < width; column++) {
        out[row * width + column]! += updates!.data[at * width + column] as number;
      }
    });
    return out;
  },
  vjp: ({ inputs: [, indices], cotangent, wanted }) => [wanted[0] ? gather(cotangent, indices!) : undefined, undefined],
};

/**
 * Rows of a table [n, ...rest] by i32 indices [...]: [...indices, ...rest]. An index outside [0, n) is refused by the
 * interpreter with GraphError `input`.
 */
export function gather(table: Value, indices: Value): Value {
  return table.graph.apply(gatherOperation, [table, indices], noAttributes);
}

/** Sums updates [...indices, ...rest] into the rows that the indices name: [rows, ...rest]. The transpose of gather. */
export function scatterAdd(updates: Value, indices: Value, rows: DimLike): Value {
  return updates.graph.apply(scatterAddOperation, [updates, indices], { rows: dim(rows) });
}
