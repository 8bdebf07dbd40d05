import { equalDims, type Shape, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireFloating, requireSameDType } from '../tensor-type.js';
import { add, multiply, subtract } from './arithmetic.js';
import { concat } from './concat.js';
import { reshape } from './reshape.js';
import { lastNumber, requireRank } from './shared/axes.js';
import { sumToShape } from './shared/broadcasting.js';
import { slice } from './slice.js';
import { negate } from './unary.js';

/** Which elements of a head turn together: j and j + D/2 ('halves'), or 2j and 2j + 1 ('pairs'). */
export type RotaryLayout = 'halves' | 'pairs';

export interface RotaryEmbeddingAttributes {
  readonly layout: RotaryLayout;
}

const name = 'rotaryEmbedding';

/** The two coordinates of every rotated plane, each [B, S, H, D/2]. */
function planes(x: Value, layout: RotaryLayout): [Value, Value] {
  const [b, s, h] = x.shape;
  const half = lastNumber(name, x.shape) / 2;
  if (layout === 'halves') return [slice(x, 3, 0, half), slice(x, 3, half, 2 * half)];
  const pairs = reshape(x, [b!, s!, h!, half, 2]);
  const one = (at: number): Value => reshape(slice(pairs, 4, at, at + 1), [b!, s!, h!, half]);
  return [one(0), one(1)];
}

function fromPlanes(first: Value, second: Value, layout: RotaryLayout): Value {
  if (layout === 'halves') return concat([first, second], 3);
  const [b, s, h, half] = first.shape as [Shape[0] & {}, Shape[0] & {}, Shape[0] & {}, number];
  const column = (plane: Value): Value => reshape(plane, [b, s, h, half, 1]);
  return reshape(concat([column(first), column(second)], 4), [b, s, h, 2 * half]);
}

/** [S, D/2] or [B, S, D/2] with an axis for the heads. */
function perHead(angles: Value): Value {
  const shape = [...angles.shape];
  shape.splice(-1, 0, 1);
  return reshape(angles, shape);
}

/** Operands: x, cos, sin. */
export const rotaryEmbeddingOperation: Operation<RotaryEmbeddingAttributes> = {
  name,
  infer(types, { layout }) {
    const [x, cos, sin] = types;
    requireSameDType(name, types);
    requireFloating(name, 'x', x!);
    requireRank(name, 'x', x!.shape, '[batch, sequence, heads, head size]', 4);
    if (layout !== 'halves' && layout !== 'pairs') {
      throw new GraphError('attribute', `layout is "${String(layout)}", expected "halves" or "pairs"`, name);
    }
    const size = lastNumber(name, x!.shape);
    if (size % 2 !== 0) throw new GraphError('shape', `x ${shapeText(x!.shape)}: the head size must be even`, name);
    const expected: Shape = [x!.shape[0]!, x!.shape[1]!, size / 2];
    for (const { shape } of [cos!, sin!]) {
      const fits = (from: number): boolean =>
        shape.length === 3 - from && shape.every((each, axis) => equalDims(each, expected[axis + from]!));
      if (!fits(0) && !fits(1)) {
        const said = `cos and sin are ${shapeText(cos!.shape)} and ${shapeText(sin!.shape)}`;
        throw new GraphError('shape', `${said}, expected ${shapeText(expected)}, or without the first axis`, name);
      }
    }
    return x!;
  },
  evaluate([x, cos, sin], { attributes: { layout } }) {
    const [batch, sequence, heads, size] = x!.shape as [number, number, number, number];
    const half = size / 2;
    const out = new Float64Array(x!.data.length);
    const [step, apart] = layout === 'halves' ? [1, half] : [2, 1];
    const angleRow = (angles: { shape: readonly number[] }, b: number, s: number): number =>
      ((angles.shape.length === 3 ? b * sequence : 0) + s) * half;
    for (let b = 0; b < batch; b++) {
      for (let s = 0; s < sequence; s++) {
        const cosRow = angleRow(cos!, b, s);
        const sinRow = angleRow(sin!, b, s);
        for (let h = 0; h < heads; h++) {
          const head = ((b * sequence + s) * heads + h) * size;
          for (let j = 0; j < half; j++) {
            const at = head + j * step;
            const c = cos!.data[cosRow + j] as number;
            const n = sin!.data[sinRow + j] as number;
            const first = x!.data[at] as number;
            const second = x!.data[at + apart] as number;
            out[at] = first * c - second * n;
            out[at + apart] = second * c + first * n;
          }
        }
      }
    }
    return out;
  },
  vjp({ inputs: [x, cos, sin], attributes: { layout }, cotangent, wanted }) {
    const ofAngles = (): [Value, Value] => {
      const [x1, x2] = planes(x!, layout);
      const [g1, g2] = planes(cotangent, layout);
      return [add(multiply(g1, x1), multiply(g2, x2)), subtract(multiply(g2, x1), multiply(g1, x2))];
    };
    const summed = (parts: Value, angles: Value): Value =>
      reshape(sumToShape(parts, perHead(angles).shape), angles.shape);
    const angles = wanted[1] || wanted[2] ? ofAngles() : undefined;
    return [
      // A rotation is orthogonal: its transpose turns the other way.
      wanted[0] ? rotaryEmbedding(cotangent, cos!, negate(sin!), layout) : undefined,
      wanted[1] && angles ? summed(angles[0], cos!) : undefined,
      wanted[2] && angles ? summed(angles[1], sin!) : undefined,
    ];
  },
  decompose([x, cos, sin], { layout }) {
    const [first, second] = planes(x!, layout);
    const c = perHead(cos!);
    const s = perHead(sin!);
    return fromPlanes(
      subtract(multiply(first, c), multiply(second, s)),
      add(multiply(second, c), multiply(first, s)),
      layout,
    );
  },
};

/**
 * Turns every plane of x [B, S, H, D] by its angle: (a, b) becomes (a cos - b sin, b cos + a sin). cos and sin are
 * [S, D/2] or [B, S, D/2] (Su et al. 2021, equation 34).
 */
export function rotaryEmbedding(x: Value, cos: Value, sin: Value, layout: RotaryLayout): Value {
  return x.graph.apply(rotaryEmbeddingOperation, [x, cos, sin], { layout });
}
