import { type Dim, equalDims, equalShapes, type Shape, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { NDArray, Operation } from '../operation.js';
import { type DType, requireFloating, requireSameDType } from '../tensor-type.js';
import { multiply } from './arithmetic.js';
import { lessOrEqual } from './comparison.js';
import { iota } from './fill.js';
import { logicalAnd } from './logical.js';
import { matmul } from './matmul.js';
import { reshape } from './reshape.js';
import { requireRank } from './shared/axes.js';
import { addRowProducts, transposed } from './shared/row-products.js';
import { softmax } from './softmax.js';
import { transpose } from './transpose.js';
import { where } from './where.js';

export interface AttentionAttributes {
  readonly scale: number;
  readonly causal: boolean;
  /** Whether a fourth operand, bool [B, T], says which keys may be attended to. */
  readonly hasKeyMask: boolean;
}

export interface AttentionOptions {
  /** Default: 1 / sqrt(D). */
  readonly scale?: number | undefined;
  /** Row s attends to t <= s only. Default: false. */
  readonly causal?: boolean | undefined;
  /** bool [B, T], true = attend. Default: every key. */
  readonly keyMask?: Value | undefined;
}

const name = 'attention';

/** A score that no attended key comes near, finite so that a row without any key stays free of NaN. */
function maskedScore(dtype: DType): number {
  return dtype === 'f16' ? -6e4 : -1e30;
}

function numberOf(shape: Shape, axis: number): number {
  const value = shape[axis];
  if (typeof value === 'number') return value;
  throw new GraphError('shape', `axis ${axis} of ${shapeText(shape)} must be a number`, name);
}

/** [B, S, H, D] to [B, groups, H / groups * S, D]: the query heads that share a key head become rows of one matrix. */
function groupedHeads(x: Value, groups: number): Value {
  const [b, , h, d] = x.shape as [Dim, Dim, Dim, Dim];
  const headsFirst = transpose(x, [0, 2, 1, 3]);
  return equalDims(h, groups) ? headsFirst : reshape(headsFirst, [b, groups, -1, d]);
}

/** bool, broadcasting to [B, H, S, T]: what may be attended to; undefined where everything may. */
function allowedKeys(
  queries: Dim,
  keys: Dim,
  causal: boolean,
  keyMask: Value | undefined,
  value: Value,
): Value | undefined {
  const mask = keyMask === undefined ? undefined : reshape(keyMask, [keyMask.dim(0), 1, 1, keys]);
  if (!causal) return mask;
  const past = lessOrEqual(iota(value.graph, keys, 'i32'), reshape(iota(value.graph, queries, 'i32'), [queries, 1]));
  return mask === undefined ? past : logicalAnd(past, mask);
}

/** One head of one sample of [B, S, H, D]: [S, D]. */
function headRows({ data, shape }: NDArray, sample: number, head: number): Float64Array {
  const [, length, heads, size] = shape as [number, number, number, number];
  const rows = new Float64Array(length * size);
  for (let s = 0; s < length; s++) {
    const from = ((sample * length + s) * heads + head) * size;
    rows.set(data.subarray(from, from + size), s * size);
  }
  return rows;
}

/** Turns one row of products q k^T into attention weights, in place; equal ones where no key may be attended to. */
function normalizeScores(row: Float64Array, scale: number, attended: (key: number) => boolean): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let t = 0; t < row.length; t++) {
    row[t] = attended(t) ? (row[t] as number) * scale : Number.NEGATIVE_INFINITY;
    largest = Math.max(largest, row[t] as number);
  }
  let total = 0;
  for (let t = 0; t < row.length; t++) {
    row[t] = largest === Number.NEGATIVE_INFINITY ? 1 : Math.exp((row[t] as number) - largest);
    total += row[t] as number;
  }
  for (let t = 0; t < row.length; t++) row[t] = (row[t] as number) / total;
}

/** Operands: q, k, v and, if `hasKeyMask`, the key mask. */
export const attentionOperation: Operation<AttentionAttributes> = {
  name,
  infer([q, k, v, keyMask]) {
    requireSameDType(name, [q!, k!, v!]);
    requireFloating(name, 'q', q!);
    for (const [label, type] of [
      ['q', q!],
      ['k', k!],
      ['v', v!],
    ] as const) {
      requireRank(name, label, type.shape, '[batch, sequence, heads, head size]', 4);
    }
    const [batch, , , size] = q!.shape as [Dim, Dim, Dim, Dim];
    const said = `q ${shapeText(q!.shape)}, k ${shapeText(k!.shape)}, v ${shapeText(v!.shape)}`;
    if (!equalShapes(k!.shape, v!.shape) || !equalDims(batch, k!.shape[0]!) || !equalDims(size, k!.shape[3]!)) {
      throw new GraphError('shape', `${said}: batch and head size must agree, and k and v be alike`, name);
    }
    if (numberOf(q!.shape, 2) % numberOf(k!.shape, 2) !== 0) {
      throw new GraphError('shape', `${said}: the heads of q must be a multiple of those of k`, name);
    }
    if (keyMask !== undefined) {
      const expected = k!.shape.slice(0, 2);
      if (keyMask.dtype !== 'bool' || !equalShapes(keyMask.shape, expected)) {
        const got = `${keyMask.dtype}${shapeText(keyMask.shape)}`;
        throw new GraphError('shape', `keyMask is ${got}, expected bool${shapeText(expected)}`, name);
      }
    }
    return q!;
  },
  evaluate([q, k, v, keyMask], { attributes: { scale, causal } }) {
    const [batch, queries, heads, size] = q!.shape as [number, number, number, number];
    const [, keys, keyHeads] = k!.shape as [number, number, number, number];
    const out = new Float64Array(q!.data.length);
    for (let b = 0; b < batch; b++) {
      const attended = (s: number, t: number): boolean =>
        (!causal || t <= s) && (keyMask === undefined || keyMask.data[b * keys + t] !== 0);
      for (let h = 0; h < heads; h++) {
        const keyHead = Math.floor((h * keyHeads) / heads);
        const weights = new Float64Array(queries * keys);
        addRowProducts(headRows(q!, b, h), headRows(k!, b, keyHead), weights, queries, keys, size);
        for (let s = 0; s < queries; s++) {
          normalizeScores(weights.subarray(s * keys, (s + 1) * keys), scale, (t) => attended(s, t));
        }
        const mixed = new Float64Array(queries * size);
        const values = transposed(headRows(v!, b, keyHead), keys, size);
        addRowProducts(weights, values, mixed, queries, size, keys);
        for (let s = 0; s < queries; s++) {
          out.set(mixed.subarray(s * size, (s + 1) * size), ((b * queries + s) * heads + h) * size);
        }
      }
    }
    return out;
  },
  decompose([q, k, v, keyMask], { scale, causal }) {
    const [batch, queries, heads, size] = q!.shape as [Dim, Dim, Dim, Dim];
    const keys = k!.dim(1);
    const keyHeads = numberOf(k!.shape, 2);
    const products = matmul(groupedHeads(multiply(q!, scale), keyHeads), groupedHeads(k!, keyHeads), {
      transposeB: true,
    });
    const scores = reshape(products, [batch, heads, queries, keys]);
    const allowed = allowedKeys(queries, keys, causal, keyMask, q!);
    const weights = softmax(allowed === undefined ? scores : where(allowed, scores, maskedScore(q!.dtype)));
    const mixed = matmul(reshape(weights, products.shape), groupedHeads(v!, keyHeads));
    return transpose(reshape(mixed, [batch, heads, queries, size]), [0, 2, 1, 3]);
  },
};

/**
 * softmax(q k^T scale) v, each query head h with key head floor(h Hkv / Hq) (Vaswani et al. 2017, equation 1; grouped
 * as in Ainslie et al. 2023). q [B, S, Hq, D], k and v [B, T, Hkv, D]: [B, S, Hq, D]. A row that may attend to no key
 * gives the mean of all values.
 */
export function attention(q: Value, k: Value, v: Value, options: AttentionOptions = {}): Value {
  const { keyMask } = options;
  return q.graph.apply(attentionOperation, keyMask === undefined ? [q, k, v] : [q, k, v, keyMask], {
    scale: options.scale ?? 1 / Math.sqrt(numberOf(q.shape, 3)),
    causal: options.causal ?? false,
    hasKeyMask: keyMask !== undefined,
  });
}
