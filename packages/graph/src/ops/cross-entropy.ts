import { type Dim, equalShapes, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireFloating } from '../tensor-type.js';
import { divide, multiply, subtract } from './arithmetic.js';
import { cast } from './cast.js';
import { requireIndex, requireIndices } from './gather.js';
import { countOf, reduceMean } from './reduce.js';
import { requireRank } from './shared/axes.js';
import { type NoAttributes, noAttributes } from './shared/operand.js';
import { logSoftmax, softmax } from './softmax.js';
import { oneHot, takeAlong } from './take-along.js';
import { negate } from './unary.js';

const name = 'crossEntropy';

export const crossEntropyOperation: Operation<NoAttributes> = {
  name,
  infer([logits, labels]) {
    requireFloating(name, 'logits', logits!);
    requireIndices(name, labels!);
    requireRank(name, 'logits', logits!.shape, '[rows, classes]', 2);
    if (!equalShapes(labels!.shape, logits!.shape.slice(0, 1))) {
      const said = `logits ${shapeText(logits!.shape)}, labels ${shapeText(labels!.shape)}`;
      throw new GraphError('shape', `${said}: one label a row`, name);
    }
    return { dtype: logits!.dtype, shape: [] };
  },
  evaluate([logits, labels]) {
    const [rows, classes] = logits!.shape as [number, number];
    let loss = 0;
    for (let row = 0; row < rows; row++) {
      const label = labels!.data[row] as number;
      requireIndex(name, label, classes);
      const scores = logits!.data.subarray(row * classes, (row + 1) * classes);
      const largest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
      const sum = scores.reduce((total, score) => total + Math.exp(score - largest), 0);
      loss += Math.log(sum) + largest - (scores[label] as number);
    }
    return Float64Array.of(loss / rows);
  },
  vjp({ inputs: [logits, labels], cotangent }) {
    const difference = subtract(softmax(logits!), cast(oneHot(labels!, logits!), logits!.dtype));
    const rows = countOf(logits!.graph, [logits!.dim(0) as Dim], logits!.dtype);
    return [multiply(difference, divide(cotangent, rows)), undefined];
  },
  decompose: ([logits, labels]) => negate(reduceMean(takeAlong(logSoftmax(logits!), labels!))),
};

/** Mean over rows of -log softmax(logits)[label]: logits [N, V], labels i32 [N], rank 0. */
export function crossEntropy(logits: Value, labels: Value): Value {
  return logits.graph.apply(crossEntropyOperation, [logits, labels], noAttributes);
}
