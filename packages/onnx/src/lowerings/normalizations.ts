import type { Dim, LayerNormAttributes, RmsNormAttributes } from '@mokus/graph';
import { type Lowering, lowering, operand } from '../lowering.js';
import { float, int } from '../proto.js';

export const normalizations: readonly (readonly [string, Lowering<unknown>])[] = [
  // onnxruntime's own name for RMSNormalization, which ONNX has only from opset 23 on.
  lowering<RmsNormAttributes>('rmsNorm', ({ branch, inputs, attributes: { epsilon } }) =>
    branch.emit('SimplifiedLayerNormalization', [operand(inputs, 0).name, operand(inputs, 1).name], {
      attributes: { axis: int(-1), epsilon: float(epsilon) },
    }),
  ),
  lowering<LayerNormAttributes>('layerNorm', ({ branch, inputs, attributes }) => {
    const { epsilon, hasWeight, hasBias } = attributes;
    const x = operand(inputs, 0);
    const size = branch.dim(x.type.shape.at(-1) as Dim);
    // The scale is no optional input.
    const scale = hasWeight ? operand(inputs, 1).name : branch.emit('Expand', [branch.scalar(x.type.dtype, 1), size]);
    const bias = hasBias ? [operand(inputs, hasWeight ? 2 : 1).name] : [];
    return branch.emit('LayerNormalization', [x.name, scale, ...bias], {
      attributes: { axis: int(-1), epsilon: float(epsilon) },
    });
  }),
];
