import {
  addDims,
  type Conv2dAttributes,
  type Conv2dInputGradientAttributes,
  type Conv2dWeightGradientAttributes,
  type Dim,
  divideDims,
  multiplyDims,
  subtractDims,
} from '@mokus/graph';
import { type Lowering, lowering, operand } from '../lowering.js';
import { ints } from '../proto.js';

const swapBatchAndChannels = { attributes: { perm: ints([1, 0, 2, 3]) } };

/** What a stride leaves over at the end of an axis; a number, because strides divide the symbols of a length. */
function remainder(length: Dim, before: number, after: number, kernel: number, stride: number): number {
  const padded = addDims(length, before + after - kernel);
  return subtractDims(padded, multiplyDims(divideDims(padded, stride), stride)) as number;
}

export const convolutions: readonly (readonly [string, Lowering<unknown>])[] = [
  lowering<Conv2dAttributes>('conv2d', ({ branch, inputs, attributes: { stride, padding } }) =>
    branch.emit(
      'Conv',
      inputs.map((each) => each.name),
      { attributes: { strides: ints([stride, stride]), pads: ints(padding) } },
    ),
  ),
  lowering<Conv2dInputGradientAttributes>('conv2dInputGradient', ({ branch, inputs, attributes }) => {
    const { stride, padding, height, width } = attributes;
    const weight = operand(inputs, 1);
    const [kernelHeight, kernelWidth] = weight.type.shape.slice(2) as [number, number];
    const [top, left, bottom, right] = padding;
    return branch.emit('ConvTranspose', [operand(inputs, 0).name, weight.name], {
      attributes: {
        strides: ints([stride, stride]),
        pads: ints(padding),
        output_padding: ints([
          remainder(height, top, bottom, kernelHeight, stride),
          remainder(width, left, right, kernelWidth, stride),
        ]),
      },
    });
  }),
  // Correlating the picture with the cotangent, samples in the place of channels; the stride becomes a dilation.
  lowering<Conv2dWeightGradientAttributes>('conv2dWeightGradient', ({ branch, inputs, attributes }) => {
    const { stride, padding, kernelHeight, kernelWidth } = attributes;
    const x = operand(inputs, 0);
    const [height, width] = x.type.shape.slice(2) as [Dim, Dim];
    const [top, left, bottom, right] = padding;
    const picture = branch.emit('Transpose', [x.name], swapBatchAndChannels);
    const kernel = branch.emit('Transpose', [operand(inputs, 1).name], swapBatchAndChannels);
    const correlated = branch.emit('Conv', [picture, kernel], {
      attributes: { dilations: ints([stride, stride]), pads: ints(padding) },
    });
    const swapped = branch.emit('Transpose', [correlated], swapBatchAndChannels);
    // Rows that the stride left out of the convolution give kernel positions that do not exist.
    const extra =
      remainder(height, top, bottom, kernelHeight, stride) + remainder(width, left, right, kernelWidth, stride);
    if (extra === 0) return swapped;
    const ends = branch.ints([kernelHeight, kernelWidth]);
    return branch.emit('Slice', [swapped, branch.ints([0, 0]), ends, branch.ints([2, 3])]);
  }),
];
