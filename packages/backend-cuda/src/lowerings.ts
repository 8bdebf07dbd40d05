import type { AttentionAttributes, Dim } from '@mokus/graph';
import { attribute, defaultLowerings, type LoweringTable, lowering, type Operand } from '@mokus/onnx';

/**
 * The operations of `@mokus/graph` in ONNX opset 23 for the CUDA provider: attention is one fused operator going forward
 * (its gradient is differentiated before).
 */
export const cudaLowerings: LoweringTable = new Map([
  ...defaultLowerings,
  lowering<AttentionAttributes>('attention', ({ branch, inputs, output, attributes }) => {
    const [q, k, v, keyMask] = inputs as readonly [Operand, Operand, Operand, Operand?];
    const heads = (each: Operand): number => each.type.shape[2] as number;
    // [batch, sequence, heads, size] to [batch, sequence, heads size]: no element moves.
    const flat = (each: Operand): string => {
      const [batch, sequence, count, size] = each.type.shape as [Dim, Dim, number, number];
      return branch.reshape(each.name, each.type.shape, [batch, sequence, count * size]);
    };
    const [batch, queries, count, size] = output.shape as readonly [Dim, Dim, number, number];
    // The operator lets a mask broadcast over heads, not over queries.
    const mask =
      keyMask &&
      branch.emit('Expand', [
        branch.emit('Unsqueeze', [keyMask.name, branch.ints([1, 2])]),
        branch.shape([batch, 1, queries, k.type.shape[1] as Dim]),
      ]);
    const attended = branch.emit('Attention', [flat(q), flat(k), flat(v), ...(mask === undefined ? [] : [mask])], {
      attributes: {
        q_num_heads: attribute.int(heads(q)),
        kv_num_heads: attribute.int(heads(k)),
        scale: attribute.float(attributes.scale),
        is_causal: attribute.int(Number(attributes.causal)),
      },
    });
    return branch.reshape(attended, [batch, queries, count * size], output.shape);
  }),
]);
