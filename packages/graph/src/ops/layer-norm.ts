import { type Dim, equalDims, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireFloating, requireSameDType } from '../tensor-type.js';
import { add, multiply, subtract } from './arithmetic.js';
import { cast } from './cast.js';
import { square } from './power.js';
import { reduceMean } from './reduce.js';
import { lastDim } from './shared/axes.js';
import { sumToShape } from './shared/broadcasting.js';
import { reciprocal, sqrt } from './unary.js';

export interface LayerNormAttributes {
  readonly epsilon: number;
  readonly hasWeight: boolean;
  readonly hasBias: boolean;
}

export interface LayerNormOptions {
  /** [n]. Default: ones. */
  readonly weight?: Value | undefined;
  /** [n]. Default: zeros. */
  readonly bias?: Value | undefined;
  readonly epsilon: number;
}

const name = 'layerNorm';

function meanOf(x: Value): Value {
  return reduceMean(x, { axes: [-1], keepDims: true });
}

/** (x - mean) / sqrt(variance + epsilon) in f32, and its scale 1 / sqrt(variance + epsilon). */
function normalize(x: Value, epsilon: number): { normalized: Value; scale: Value } {
  const wide = cast(x, 'f32');
  const centered = subtract(wide, meanOf(wide));
  const scale = reciprocal(sqrt(add(meanOf(square(centered)), epsilon)));
  return { normalized: multiply(centered, scale), scale };
}

/** The optional operands by name: they follow x in this order. */
function operandsOf<T>(
  inputs: readonly T[],
  { hasWeight, hasBias }: LayerNormAttributes,
): {
  weight: T | undefined;
  bias: T | undefined;
} {
  return { weight: hasWeight ? inputs[1] : undefined, bias: hasBias ? inputs[hasWeight ? 2 : 1] : undefined };
}

/** Operands: x, weight if `hasWeight`, bias if `hasBias`. */
export const layerNormOperation: Operation<LayerNormAttributes> = {
  name,
  infer(types) {
    const [x, ...affine] = types;
    requireSameDType(name, types);
    requireFloating(name, 'x', x!);
    const last = lastDim(name, x!.shape);
    for (const { shape } of affine) {
      if (shape.length !== 1 || !equalDims(shape[0] as Dim, last)) {
        throw new GraphError('shape', `x ${shapeText(x!.shape)} does not fit weight or bias ${shapeText(shape)}`, name);
      }
    }
    return x!;
  },
  evaluate(inputs, { attributes }) {
    const { data, shape } = inputs[0]!;
    const { weight, bias } = operandsOf(inputs, attributes);
    const n = shape.at(-1) as number;
    const out = new Float64Array(data.length);
    for (let start = 0; start < data.length; start += n) {
      let sum = 0;
      for (let at = 0; at < n; at++) sum += data[start + at] as number;
      const mean = sum / n;
      let squares = 0;
      for (let at = 0; at < n; at++) squares += ((data[start + at] as number) - mean) ** 2;
      const scale = 1 / Math.sqrt(squares / n + attributes.epsilon);
      for (let at = 0; at < n; at++) {
        const normalized = ((data[start + at] as number) - mean) * scale;
        out[start + at] = normalized * (weight?.data[at] ?? 1) + (bias?.data[at] ?? 0);
      }
    }
    return out;
  },
  vjp({ inputs, attributes, cotangent, wanted }) {
    const x = inputs[0]!;
    const { weight } = operandsOf(inputs, attributes);
    const g = cast(cotangent, 'f32');
    const { normalized, scale } = normalize(x, attributes.epsilon);
    const ofX = (): Value => {
      const weighted = weight === undefined ? g : multiply(g, cast(weight, 'f32'));
      const along = multiply(normalized, meanOf(multiply(weighted, normalized)));
      return cast(multiply(scale, subtract(subtract(weighted, meanOf(weighted)), along)), x.dtype);
    };
    const ofWeight = (): Value => cast(sumToShape(multiply(g, normalized), [x.dim(-1)]), x.dtype);
    const ofBias = (): Value => cast(sumToShape(g, [x.dim(-1)]), x.dtype);
    const parts = [ofX, ...(attributes.hasWeight ? [ofWeight] : []), ...(attributes.hasBias ? [ofBias] : [])];
    return parts.map((part, index) => (wanted[index] ? part() : undefined));
  },
  decompose(inputs, attributes) {
    const x = inputs[0]!;
    const { weight, bias } = operandsOf(inputs, attributes);
    const normalized = cast(normalize(x, attributes.epsilon).normalized, x.dtype);
    const scaled = weight === undefined ? normalized : multiply(normalized, weight);
    return bias === undefined ? scaled : add(scaled, bias);
  },
};

/**
 * (x - mean) / sqrt(variance + epsilon) * weight + bias over the last axis, with the biased variance (Ba, Kiros and
 * Hinton 2016). Lower precisions are normalised in f32.
 */
export function layerNorm(x: Value, options: LayerNormOptions): Value {
  const { weight, bias, epsilon } = options;
  const inputs = [x, weight, bias].filter((each) => each !== undefined);
  return x.graph.apply(layerNormOperation, inputs, {
    epsilon,
    hasWeight: weight !== undefined,
    hasBias: bias !== undefined,
  });
}
