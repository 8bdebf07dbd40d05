import { type Dim, elementCount, equalDims, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireFloating, requireSameDType } from '../tensor-type.js';
import { matmul } from './matmul.js';
import { reduceSum } from './reduce.js';
import { reshape } from './reshape.js';
import { lastDim, range, requireRank } from './shared/axes.js';
import { type NoAttributes, noAttributes } from './shared/operand.js';
import { addRowProducts } from './shared/row-products.js';

/** Operands: x, weight and, if there is one, bias. */
export const linearOperation: Operation<NoAttributes> = {
  name: 'linear',
  infer(types) {
    const [x, weight, bias] = types;
    const dtype = requireSameDType('linear', types);
    requireFloating('linear', 'x', x!);
    requireRank('linear', 'weight', weight!.shape, '[out, in]', 2);
    const [outSize, inSize] = weight!.shape as [Dim, Dim];
    if (!equalDims(lastDim('linear', x!.shape), inSize)) {
      throw new GraphError(
        'shape',
        `x ${shapeText(x!.shape)} does not fit weight ${shapeText(weight!.shape)}`,
        'linear',
      );
    }
    if (bias !== undefined && (bias.shape.length !== 1 || !equalDims(bias.shape[0] as Dim, outSize))) {
      throw new GraphError('shape', `bias ${shapeText(bias.shape)}, expected ${shapeText([outSize])}`, 'linear');
    }
    return { dtype, shape: [...x!.shape.slice(0, -1), outSize] };
  },
  evaluate([x, weight, bias]) {
    const [outSize, inSize] = weight!.shape as [number, number];
    const rows = elementCount(x!.shape.slice(0, -1));
    const out = new Float64Array(rows * outSize);
    if (bias !== undefined) for (let row = 0; row < rows; row++) out.set(bias.data, row * outSize);
    addRowProducts(x!.data, weight!.data, out, rows, outSize, inSize);
    return out;
  },
  vjp({ inputs: [x, weight], cotangent, wanted }) {
    const [outSize, inSize] = weight!.shape as [Dim, Dim];
    const ofWeight = (): Value =>
      matmul(reshape(cotangent, [-1, outSize]), reshape(x!, [-1, inSize]), { transposeA: true });
    return [
      wanted[0] ? matmul(x!.rank === 1 ? reshape(cotangent, [1, outSize]) : cotangent, weight!) : undefined,
      wanted[1] ? ofWeight() : undefined,
      wanted[2] ? reduceSum(cotangent, { axes: range(cotangent.rank - 1) }) : undefined,
    ].map((part, index) => (part !== undefined && index === 0 && x!.rank === 1 ? reshape(part, x!.shape) : part));
  },
};

/** y = x W^T + b over the last axis of x [..., in], with W [out, in] as checkpoints store it. */
export function linear(x: Value, weight: Value, bias?: Value): Value {
  return x.graph.apply(linearOperation, bias === undefined ? [x, weight] : [x, weight, bias], noAttributes);
}
