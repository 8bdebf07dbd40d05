import { multiplyDims, type ReduceAttributes, type Shape, type SoftmaxAttributes } from '@mokus/graph';
import type { BranchBuilder } from '../branch-builder.js';
import { type Lowering, lowering, operand } from '../lowering.js';
import { dataTypeOf, int } from '../proto.js';

/**
 * onnxruntime's CPU provider adds an axis up from one end to the other, in 8 lanes: a million times 0.1 in f32 is off by
 * 9e-4, a thousand by 9e-7. Axes that may be longer than this are added in blocks of it, then the blocks' sums.
 */
const block = 1024;

function isLong(shape: Shape, axis: number): boolean {
  const length = shape[axis];
  return typeof length !== 'number' || length > 2 * block;
}

/** x with an axis split into blocks, zeros filling the last one: [..., blocks, block, ...]. */
function inBlocks(branch: BranchBuilder, x: string, shape: Shape, axis: number): string {
  const length = branch.dim(shape[axis] ?? 0);
  const left = branch.emit('Mod', [branch.emit('Mul', [length, branch.ints([-1])]), branch.ints([block])]);
  const blocks = branch.emit('Div', [branch.emit('Add', [length, left]), branch.ints([block])]);
  const [before, after] = [shape.slice(0, axis), shape.slice(axis + 1)];
  const none = (count: number): string[] => (count === 0 ? [] : [branch.ints(Array.from({ length: count }, () => 0))]);
  const pads = branch.concatInts([...none(shape.length + axis), left, ...none(shape.length - 1 - axis)]);
  const dims = (part: Shape): string[] => part.map((each) => branch.dim(each));
  const target = branch.concatInts([...dims(before), blocks, branch.ints([block]), ...dims(after)]);
  return branch.emit('Reshape', [branch.emit('Pad', [x, pads]), target], { attributes: { allowzero: int(1) } });
}

function sum(branch: BranchBuilder, x: string, axes: readonly number[], keepDims: boolean): string {
  return branch.emit('ReduceSum', [x, branch.ints(axes)], { attributes: { keepdims: int(Number(keepDims)) } });
}

/** Sum over the axes, long ones in blocks. */
function blockwiseSum(branch: BranchBuilder, x: string, shape: Shape, { axes, keepDims }: ReduceAttributes): string {
  let result = x;
  let current = shape;
  // From the last axis on, so that the others keep their place; each is kept as 1 until the end.
  for (const axis of [...axes].reverse()) {
    if (isLong(shape, axis)) {
      const blocks = inBlocks(branch, result, current, axis);
      result = sum(branch, sum(branch, blocks, [axis + 1], false), [axis], true);
    } else {
      result = sum(branch, result, [axis], true);
    }
    current = current.map((each, at) => (at === axis ? 1 : each));
  }
  return keepDims ? result : branch.emit('Squeeze', [result, branch.ints(axes)]);
}

function reduction(
  name: string,
  opType: string,
  whenLong?: Lowering<ReduceAttributes>,
): readonly [string, Lowering<unknown>] {
  return lowering<ReduceAttributes>(name, (context) => {
    const { branch, inputs, attributes } = context;
    const x = operand(inputs, 0);
    const { axes, keepDims } = attributes;
    // ONNX reads an empty list of axes as all of them.
    if (axes.length === 0) return x.name;
    if (whenLong !== undefined && axes.some((axis) => isLong(x.type.shape, axis))) return whenLong(context);
    return branch.emit(opType, [x.name, branch.ints(axes)], { attributes: { keepdims: int(Number(keepDims)) } });
  });
}

function alongAxis(name: string, opType: string): readonly [string, Lowering<unknown>] {
  return lowering<SoftmaxAttributes>(name, ({ branch, inputs, attributes: { axis } }) =>
    branch.emit(opType, [operand(inputs, 0).name], { attributes: { axis: int(axis) } }),
  );
}

export const reductions: readonly (readonly [string, Lowering<unknown>])[] = [
  reduction('reduceSum', 'ReduceSum', ({ branch, inputs, attributes }) => {
    const { name, type } = operand(inputs, 0);
    return blockwiseSum(branch, name, type.shape, attributes);
  }),
  reduction('reduceMean', 'ReduceMean', ({ branch, inputs, attributes }) => {
    const { name, type } = operand(inputs, 0);
    const total = blockwiseSum(branch, name, type.shape, attributes);
    const count = branch.emit('Squeeze', [
      branch.dim(multiplyDims(...attributes.axes.map((axis) => type.shape[axis] ?? 1))),
    ]);
    return branch.emit('Div', [
      total,
      branch.emit('Cast', [count], { attributes: { to: int(dataTypeOf[type.dtype]) } }),
    ]);
  }),
  reduction('reduceMax', 'ReduceMax'),
  alongAxis('softmax', 'Softmax'),
];
