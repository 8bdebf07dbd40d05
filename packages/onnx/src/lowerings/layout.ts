import type {
  ConcatAttributes,
  ExpandAttributes,
  PadAttributes,
  ReshapeAttributes,
  SliceAttributes,
  TransposeAttributes,
} from '@mokus/graph';
import { type Lowering, lowering, operand } from '../lowering.js';
import { int, ints } from '../proto.js';

export const layout: readonly (readonly [string, Lowering<unknown>])[] = [
  lowering<ReshapeAttributes>('reshape', ({ branch, inputs, attributes: { shape } }) => {
    const { name, type } = operand(inputs, 0);
    return branch.reshape(name, type.shape, shape);
  }),
  lowering<TransposeAttributes>('transpose', ({ branch, inputs, attributes: { permutation } }) =>
    branch.emit('Transpose', [operand(inputs, 0).name], { attributes: { perm: ints(permutation) } }),
  ),
  lowering<ExpandAttributes>('expand', ({ branch, inputs, attributes: { shape } }) =>
    branch.emit('Expand', [operand(inputs, 0).name, branch.shape(shape)]),
  ),
  lowering<ConcatAttributes>('concat', ({ branch, inputs, attributes: { axis } }) =>
    branch.emit(
      'Concat',
      inputs.map((each) => each.name),
      { attributes: { axis: int(axis) } },
    ),
  ),
  lowering<SliceAttributes>('slice', ({ branch, inputs, attributes: { axis, start, end } }) =>
    branch.emit('Slice', [operand(inputs, 0).name, branch.dim(start), branch.dim(end), branch.ints([axis])]),
  ),
  lowering<PadAttributes>('pad', ({ branch, inputs, attributes: { axis, before, after } }) => {
    const { name, type } = operand(inputs, 0);
    const only = (amount: typeof before): (typeof before)[] => type.shape.map((_, at) => (at === axis ? amount : 0));
    return branch.emit('Pad', [name, branch.shape([...only(before), ...only(after)])]);
  }),
];
