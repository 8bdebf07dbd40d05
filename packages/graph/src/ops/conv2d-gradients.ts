import { type Dim, elementCount, equalDims, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireFloating, requireSameDType } from '../tensor-type.js';
import { type Conv2dAttributes, conv2d, sizesOf } from './conv2d.js';
import { requireRank } from './shared/axes.js';
import { addPatchRows, patchRows } from './shared/patches.js';
import { addRowProducts, transposed } from './shared/row-products.js';

export interface Conv2dInputGradientAttributes extends Conv2dAttributes {
  /** Size of the picture that was convolved. */
  readonly height: Dim;
  readonly width: Dim;
}

export interface Conv2dWeightGradientAttributes extends Conv2dAttributes {
  readonly kernelHeight: number;
  readonly kernelWidth: number;
}

/** Operands: the cotangent of a convolution's result [N, O, H', W'], and its weight. Result: the picture's [N, C, H, W]. */
export const conv2dInputGradientOperation: Operation<Conv2dInputGradientAttributes> = {
  name: 'conv2dInputGradient',
  infer(types, { height, width }) {
    const [g, weight] = types;
    const dtype = requireSameDType('conv2dInputGradient', types);
    requireFloating('conv2dInputGradient', 'cotangent', g!);
    requireRank('conv2dInputGradient', 'cotangent', g!.shape, '[batch, out channels, height, width]', 4);
    requireRank('conv2dInputGradient', 'weight', weight!.shape, '[out channels, in channels, height, width]', 4);
    if (!equalDims(g!.shape[1]!, weight!.shape[0]!)) {
      const said = `cotangent ${shapeText(g!.shape)}, weight ${shapeText(weight!.shape)}`;
      throw new GraphError('shape', `${said}: the out channels differ`, 'conv2dInputGradient');
    }
    return { dtype, shape: [g!.shape[0]!, weight!.shape[1]!, height, width] };
  },
  evaluate([g, weight], { attributes, output }) {
    const [n, o, height, width] = g!.shape as [number, number, number, number];
    const sizes = sizesOf(output.shape, weight!.shape, g!.shape, attributes);
    const patch = weight!.data.length / o;
    const weightColumns = transposed(weight!.data, o, patch);
    const positions = height * width;
    const out = new Float64Array(elementCount(output.shape));
    for (let sample = 0; sample < n; sample++) {
      const part = g!.data.subarray(sample * o * positions, (sample + 1) * o * positions);
      const rows = new Float64Array(positions * patch);
      addRowProducts(transposed(part, o, positions), weightColumns, rows, positions, patch, o);
      addPatchRows(rows, out, sample, sizes);
    }
    return out;
  },
  vjp({ inputs: [g, weight], attributes: { stride, padding }, cotangent, wanted }) {
    const [, , kernelHeight, kernelWidth] = weight!.shape as [Dim, Dim, number, number];
    return [
      wanted[0] ? conv2d(cotangent, weight!, { stride, padding }) : undefined,
      wanted[1] ? conv2dWeightGradient(cotangent, g!, { stride, padding, kernelHeight, kernelWidth }) : undefined,
    ];
  },
};

/** Operands: the picture [N, C, H, W] and the cotangent of its convolution [N, O, H', W']. Result: the weight's [O, C, kh, kw]. */
export const conv2dWeightGradientOperation: Operation<Conv2dWeightGradientAttributes> = {
  name: 'conv2dWeightGradient',
  infer(types, { kernelHeight, kernelWidth }) {
    const [x, g] = types;
    const dtype = requireSameDType('conv2dWeightGradient', types);
    requireFloating('conv2dWeightGradient', 'x', x!);
    requireRank('conv2dWeightGradient', 'x', x!.shape, '[batch, channels, height, width]', 4);
    requireRank('conv2dWeightGradient', 'cotangent', g!.shape, '[batch, out channels, height, width]', 4);
    return { dtype, shape: [g!.shape[1]!, x!.shape[1]!, kernelHeight, kernelWidth] };
  },
  evaluate([x, g], { attributes, output }) {
    const [n, o, height, width] = g!.shape as [number, number, number, number];
    const sizes = sizesOf(x!.shape, output.shape, g!.shape, attributes);
    const positions = height * width;
    const out = new Float64Array(elementCount(output.shape));
    const patch = out.length / o;
    for (let sample = 0; sample < n; sample++) {
      const part = g!.data.subarray(sample * o * positions, (sample + 1) * o * positions);
      const columns = transposed(patchRows(x!.data, sample, sizes), positions, patch);
      addRowProducts(part, columns, out, o, patch, positions);
    }
    return out;
  },
  vjp({ inputs: [x, g], attributes: { stride, padding }, cotangent, wanted }) {
    return [
      wanted[0]
        ? conv2dInputGradient(g!, cotangent, { stride, padding, height: x!.dim(2), width: x!.dim(3) })
        : undefined,
      wanted[1] ? conv2d(x!, cotangent, { stride, padding }) : undefined,
    ];
  },
};

/** dL/dx of conv2d(x, weight) from the cotangent of its result: the transposed convolution. */
export function conv2dInputGradient(cotangent: Value, weight: Value, attributes: Conv2dInputGradientAttributes): Value {
  const { stride, padding, height, width } = attributes;
  return cotangent.graph.apply(conv2dInputGradientOperation, [cotangent, weight], { stride, padding, height, width });
}

/** dL/dweight of conv2d(x, weight) from the cotangent of its result. */
export function conv2dWeightGradient(x: Value, cotangent: Value, attributes: Conv2dWeightGradientAttributes): Value {
  const { stride, padding, kernelHeight, kernelWidth } = attributes;
  return x.graph.apply(conv2dWeightGradientOperation, [x, cotangent], { stride, padding, kernelHeight, kernelWidth });
}
