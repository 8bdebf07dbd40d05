import { addDims, type Dim, divideDims, equalDims, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireFloating, requireSameDType } from '../tensor-type.js';
import { conv2dInputGradient, conv2dWeightGradient } from './conv2d-gradients.js';
import { reduceSum } from './reduce.js';
import { requireRank } from './shared/axes.js';
import { type Conv2dSizes, patchRows } from './shared/patches.js';
import { addRowProducts } from './shared/row-products.js';

/** Zero padding: top, left, bottom, right. */
export type Padding2d = readonly [top: number, left: number, bottom: number, right: number];

export interface Conv2dAttributes {
  readonly stride: number;
  readonly padding: Padding2d;
}

export interface Conv2dOptions {
  /** [O]. */
  readonly bias?: Value | undefined;
  /** Default: 1. */
  readonly stride?: number | undefined;
  /** The same on all sides, or [top, left, bottom, right]. Default: 0. */
  readonly padding?: number | Padding2d | undefined;
}

const name = 'conv2d';

/** Output length along one axis: floor((length + padding - kernel) / stride) + 1. */
function outputLength(length: Dim, before: number, after: number, kernel: number, stride: number): Dim {
  return addDims(divideDims(addDims(length, before + after - kernel), stride), 1);
}

/** Operands: x, weight and, if there is one, bias. */
export const conv2dOperation: Operation<Conv2dAttributes> = {
  name,
  infer(types, { stride, padding }) {
    const [x, weight, bias] = types;
    const dtype = requireSameDType(name, types);
    requireFloating(name, 'x', x!);
    requireRank(name, 'x', x!.shape, '[batch, channels, height, width]', 4);
    requireRank(name, 'weight', weight!.shape, '[out channels, in channels, kernel height, kernel width]', 4);
    if (![stride, ...padding].every((each) => Number.isInteger(each) && each >= 0) || stride < 1) {
      throw new GraphError('attribute', `stride ${stride} or padding [${padding.join(', ')}] is not a count`, name);
    }
    const [n, c, h, w] = x!.shape as [Dim, Dim, Dim, Dim];
    const [o, channels, kh, kw] = weight!.shape as [Dim, Dim, Dim, Dim];
    const said = `x ${shapeText(x!.shape)}, weight ${shapeText(weight!.shape)}`;
    if (typeof kh !== 'number' || typeof kw !== 'number') {
      throw new GraphError('shape', `${said}: the kernel's size must be a number`, name);
    }
    if (!equalDims(c, channels)) throw new GraphError('shape', `${said}: the channels differ`, name);
    if (bias !== undefined && (bias.shape.length !== 1 || !equalDims(bias.shape[0]!, o))) {
      throw new GraphError('shape', `bias ${shapeText(bias.shape)}, expected ${shapeText([o])}`, name);
    }
    const [top, left, bottom, right] = padding;
    const height = outputLength(h, top, bottom, kh, stride);
    const width = outputLength(w, left, right, kw, stride);
    if ((typeof height === 'number' && height < 1) || (typeof width === 'number' && width < 1)) {
      throw new GraphError('shape', `${said}: the kernel is larger than the padded picture`, name);
    }
    return { dtype, shape: [n, o, height, width] };
  },
  evaluate([x, weight, bias], { attributes, output }) {
    const [n, o, height, width] = output.shape as [number, number, number, number];
    const sizes = sizesOf(x!.shape, weight!.shape, output.shape, attributes);
    const positions = height * width;
    const patch = sizes.channels * sizes.kernelHeight * sizes.kernelWidth;
    const out = new Float64Array(n * o * positions);
    for (let sample = 0; sample < n; sample++) {
      const part = out.subarray(sample * o * positions, (sample + 1) * o * positions);
      if (bias !== undefined)
        for (let each = 0; each < o; each++) part.fill(bias.data[each]!, each * positions, (each + 1) * positions);
      addRowProducts(weight!.data, patchRows(x!.data, sample, sizes), part, o, positions, patch);
    }
    return out;
  },
  vjp({ inputs: [x, weight], attributes, cotangent, wanted }) {
    const [, , kernelHeight, kernelWidth] = weight!.shape as [Dim, Dim, number, number];
    return [
      wanted[0]
        ? conv2dInputGradient(cotangent, weight!, { ...attributes, height: x!.dim(2), width: x!.dim(3) })
        : undefined,
      wanted[1] ? conv2dWeightGradient(x!, cotangent, { ...attributes, kernelHeight, kernelWidth }) : undefined,
      wanted[2] ? reduceSum(cotangent, { axes: [0, 2, 3] }) : undefined,
    ];
  },
};

/** The numbers of one convolution from the shapes of its picture, weight and result. */
export function sizesOf(
  x: readonly number[],
  weight: readonly number[],
  result: readonly number[],
  { stride, padding }: Conv2dAttributes,
): Conv2dSizes {
  return {
    channels: x[1]!,
    height: x[2]!,
    width: x[3]!,
    kernelHeight: weight[2]!,
    kernelWidth: weight[3]!,
    outHeight: result[2]!,
    outWidth: result[3]!,
    stride,
    top: padding[0],
    left: padding[1],
  };
}

/** Cross-correlation of x [N, C, H, W] with weight [O, C, kh, kw], as in torch's conv2d: [N, O, H', W']. */
export function conv2d(x: Value, weight: Value, options: Conv2dOptions = {}): Value {
  const { bias, stride = 1, padding = 0 } = options;
  return x.graph.apply(conv2dOperation, bias === undefined ? [x, weight] : [x, weight, bias], {
    stride,
    padding: typeof padding === 'number' ? [padding, padding, padding, padding] : padding,
  });
}
