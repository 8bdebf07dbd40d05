import type { ReduceAttributes, SoftmaxAttributes } from '@mokus/graph';
import { type Lowering, lowering, operand } from '../lowering.js';
import { int } from '../proto.js';

function reduction(name: string, opType: string): readonly [string, Lowering<unknown>] {
  return lowering<ReduceAttributes>(name, ({ branch, inputs, attributes: { axes, keepDims } }) => {
    const x = operand(inputs, 0).name;
    // ONNX reads an empty list of axes as all of them.
    if (axes.length === 0) return x;
    return branch.emit(opType, [x, branch.ints(axes)], { attributes: { keepdims: int(Number(keepDims)) } });
  });
}

function alongAxis(name: string, opType: string): readonly [string, Lowering<unknown>] {
  return lowering<SoftmaxAttributes>(name, ({ branch, inputs, attributes: { axis } }) =>
    branch.emit(opType, [operand(inputs, 0).name], { attributes: { axis: int(axis) } }),
  );
}

export const reductions: readonly (readonly [string, Lowering<unknown>])[] = [
  reduction('reduceSum', 'ReduceSum'),
  reduction('reduceMean', 'ReduceMean'),
  reduction('reduceMax', 'ReduceMax'),
  alongAxis('softmax', 'Softmax'),
];
