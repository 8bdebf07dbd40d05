import { type Dim, type MatmulAttributes, multiplyDims, type NoAttributes, type Shape } from '@mokus/graph';
import type { BranchBuilder } from '../branch-builder.js';
import { type Lowering, lowering, type Operand, operand } from '../lowering.js';
import { int, ints } from '../proto.js';

export const products: readonly (readonly [string, Lowering<unknown>])[] = [
  lowering<NoAttributes>('linear', ({ branch, inputs, output }) => {
    const [x, weight] = inputs as readonly [Operand, Operand, ...Operand[]];
    // The weight lies as [out, in]; Gemm reads it transposed, so no transposed copy of it is ever made.
    return rowsTimes(branch, x, weight, true, inputs[2]?.name, output.shape);
  }),
  lowering<MatmulAttributes>('matmul', ({ branch, inputs, attributes, output }) => {
    const a = operand(inputs, 0);
    const b = operand(inputs, 1);
    const { transposeA, transposeB } = attributes;
    if (a.type.shape.length === 2 && b.type.shape.length === 2) {
      return gemm(branch, [a.name, b.name], transposeA, transposeB);
    }
    if (b.type.shape.length === 2 && !transposeA) return rowsTimes(branch, a, b, transposeB, undefined, output.shape);
    const left = transposeA ? swapLastAxes(branch, a) : a.name;
    const right = transposeB ? swapLastAxes(branch, b) : b.name;
    return branch.emit('MatMul', [left, right]);
  }),
];

/** Gemm is the one product with transposed operands on every provider, and the one that takes an inner size of 0. */
function gemm(branch: BranchBuilder, inputs: readonly string[], transposeA: boolean, transposeB: boolean): string {
  return branch.emit('Gemm', inputs, {
    attributes: { transA: int(Number(transposeA)), transB: int(Number(transposeB)) },
  });
}

/** x [..., k] times one matrix: the leading axes are flattened to rows. */
function rowsTimes(
  branch: BranchBuilder,
  x: Operand,
  matrix: Operand,
  transposeB: boolean,
  bias: string | undefined,
  shape: Shape,
): string {
  const rows = multiplyDims(1, ...x.type.shape.slice(0, -1));
  const flat = branch.reshape(x.name, x.type.shape, [rows, x.type.shape.at(-1) as Dim]);
  const product = gemm(branch, [flat, matrix.name, ...(bias === undefined ? [] : [bias])], false, transposeB);
  return branch.reshape(product, [rows, shape.at(-1) as Dim], shape);
}

function swapLastAxes(branch: BranchBuilder, { name, type }: Operand): string {
  const rank = type.shape.length;
  const axes = Array.from({ length: rank - 2 }, (_, axis) => axis);
  return branch.emit('Transpose', [name], { attributes: { perm: ints([...axes, rank - 1, rank - 2]) } });
}
