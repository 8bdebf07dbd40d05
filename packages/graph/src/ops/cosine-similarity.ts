import { elementCount } from '../dims.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireFloating, requireSameDType } from '../tensor-type.js';
import { divide, maximum, multiply } from './arithmetic.js';
import { cast } from './cast.js';
import { square } from './power.js';
import { reduceSum } from './reduce.js';
import { lastDim } from './shared/axes.js';
import { broadcastOperands, broadcastTo } from './shared/broadcasting.js';
import { type NoAttributes, noAttributes } from './shared/operand.js';
import { sqrt } from './unary.js';

const name = 'cosineSimilarity';
/** A shorter vector counts as this long, so that a zero vector has similarity 0 and a finite gradient. */
const shortestLength = 1e-8;

export const cosineSimilarityOperation: Operation<NoAttributes> = {
  name,
  infer(types) {
    const dtype = requireSameDType(name, types);
    requireFloating(name, 'a', types[0]!);
    for (const { shape } of types) lastDim(name, shape);
    const shape = broadcastOperands(name, types);
    return { dtype, shape: shape.slice(0, -1) };
  },
  evaluate([left, right], { output }) {
    const size = Math.max(left!.shape.at(-1) as number, right!.shape.at(-1) as number);
    const a = broadcastTo(left!, [...output.shape, size]);
    const b = broadcastTo(right!, [...output.shape, size]);
    const out = new Float64Array(elementCount(output.shape));
    return out.map((_, row) => {
      let product = 0;
      let squaresA = 0;
      let squaresB = 0;
      for (let at = row * size; at < (row + 1) * size; at++) {
        product += (a[at] as number) * (b[at] as number);
        squaresA += (a[at] as number) ** 2;
        squaresB += (b[at] as number) ** 2;
      }
      return product / (Math.max(Math.sqrt(squaresA), shortestLength) * Math.max(Math.sqrt(squaresB), shortestLength));
    });
  },
  decompose([a, b]) {
    // In f32 at least: the square of the shortest length is no f16.
    const [wideA, wideB] = [cast(a!, 'f32'), cast(b!, 'f32')];
    const lengthOf = (x: Value): Value => sqrt(maximum(reduceSum(square(x), { axes: [-1] }), shortestLength ** 2));
    const product = reduceSum(multiply(wideA, wideB), { axes: [-1] });
    return cast(divide(product, multiply(lengthOf(wideA), lengthOf(wideB))), a!.dtype);
  },
};

/** a . b / (|a| |b|) over the last axis; leading axes broadcast. Lengths below 1e-8 count as 1e-8. */
export function cosineSimilarity(a: Value, b: Value): Value {
  return a.graph.apply(cosineSimilarityOperation, [a, b], noAttributes);
}
