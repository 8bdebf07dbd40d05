import { type Dim, equalDims, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireFloating, requireSameDType } from '../tensor-type.js';
import { add, multiply, subtract } from './arithmetic.js';
import { cast } from './cast.js';
import { square } from './power.js';
import { reduceMean } from './reduce.js';
import { lastDim, requireRank } from './shared/axes.js';
import { sumToShape } from './shared/broadcasting.js';
import { reciprocal, sqrt } from './unary.js';

export interface RmsNormAttributes {
  readonly epsilon: number;
}

/** 1 / sqrt(mean(x^2) + epsilon) over the last axis, kept as 1. */
function inverseRms(x: Value, epsilon: number): Value {
  return reciprocal(sqrt(add(reduceMean(square(x), { axes: [-1], keepDims: true }), epsilon)));
}

/** Operands: x, weight. */
export const rmsNormOperation: Operation<RmsNormAttributes> = {
  name: 'rmsNorm',
  infer(types) {
    const [x, weight] = types;
    requireSameDType('rmsNorm', types);
    requireFloating('rmsNorm', 'x', x!);
    requireRank('rmsNorm', 'weight', weight!.shape, '[n]', 1);
    if (!equalDims(lastDim('rmsNorm', x!.shape), weight!.shape[0] as Dim)) {
      throw new GraphError(
        'shape',
        `x ${shapeText(x!.shape)} does not fit weight ${shapeText(weight!.shape)}`,
        'rmsNorm',
      );
    }
    return x!;
  },
  evaluate([x, weight], { attributes: { epsilon } }) {
    const n = weight!.data.length;
    const out = new Float64Array(x!.data.length);
    for (let start = 0; start < out.length; start += n) {
      let sum = 0;
      for (let at = 0; at < n; at++) sum += (x!.data[start + at] as number) ** 2;
      const scale = 1 / Math.sqrt(sum / n + epsilon);
      for (let at = 0; at < n; at++) {
        out[start + at] = (x!.data[start + at] as number) * scale * (weight!.data[at] as number);
      }
    }
    return out;
  },
  vjp({ inputs: [x, weight], attributes: { epsilon }, cotangent, wanted }) {
    const wide = cast(x!, 'f32');
    const g = cast(cotangent, 'f32');
    const scale = inverseRms(wide, epsilon);
    const normalized = multiply(wide, scale);
    const ofX = (): Value => {
      const weighted = multiply(g, cast(weight!, 'f32'));
      const along = reduceMean(multiply(weighted, normalized), { axes: [-1], keepDims: true });
      return cast(multiply(scale, subtract(weighted, multiply(normalized, along))), x!.dtype);
    };
    const ofWeight = (): Value => cast(sumToShape(multiply(g, normalized), weight!.shape), weight!.dtype);
    return [wanted[0] ? ofX() : undefined, wanted[1] ? ofWeight() : undefined];
  },
  decompose([x, weight], { epsilon }) {
    const wide = cast(x!, 'f32');
    return multiply(cast(multiply(wide, inverseRms(wide, epsilon)), x!.dtype), weight!);
  },
};

/**
 * x / sqrt(mean(x^2) + epsilon) * weight over the last axis; weight [n] (Zhang and Sennrich 2019, equation 4). Lower
 * precisions are normalised in f32.
 */
export function rmsNorm(x: Value, weight: Value, epsilon: number): Value {
  return x.graph.apply(rmsNormOperation, [x, weight], { epsilon });
}
