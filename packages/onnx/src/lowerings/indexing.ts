import type { FillAttributes, IotaAttributes, NoAttributes, ScatterAddAttributes } from '@mokus/graph';
import { type Lowering, lowering, operand } from '../lowering.js';
import { dataTypeOf, int, text } from '../proto.js';

const toInt64 = { attributes: { to: int(dataTypeOf.i64) } };

export const indexing: readonly (readonly [string, Lowering<unknown>])[] = [
  lowering<NoAttributes>('gather', ({ branch, inputs }) =>
    branch.emit('Gather', [operand(inputs, 0).name, operand(inputs, 1).name], { attributes: { axis: int(0) } }),
  ),
  lowering<ScatterAddAttributes>('scatterAdd', ({ branch, inputs, output }) => {
    const updates = operand(inputs, 0);
    const indices = operand(inputs, 1);
    const zeros = branch.emit('Expand', [branch.scalar(updates.type.dtype, 0), branch.shape(output.shape)]);
    const column = branch.emit('Unsqueeze', [indices.name, branch.ints([indices.type.shape.length])]);
    const rows = branch.emit('Cast', [column], toInt64);
    return branch.emit('ScatterND', [zeros, rows, updates.name], { attributes: { reduction: text('add') } });
  }),
  lowering<NoAttributes>('takeAlong', ({ branch, inputs }) => {
    const x = operand(inputs, 0);
    const last = branch.ints([x.type.shape.length - 1]);
    const column = branch.emit('Unsqueeze', [operand(inputs, 1).name, last]);
    const taken = branch.emit('GatherElements', [x.name, column], { attributes: { axis: int(-1) } });
    return branch.emit('Squeeze', [taken, last]);
  }),
  lowering<IotaAttributes>('iota', ({ branch, attributes: { length, dtype } }) => {
    const bound = branch.emit('Squeeze', [branch.dim(length)]);
    const end = branch.emit('Cast', [bound], { attributes: { to: int(dataTypeOf.i32) } });
    const counted = branch.emit('Range', [branch.scalar('i32', 0), end, branch.scalar('i32', 1)]);
    return dtype === 'i32' ? counted : branch.emit('Cast', [counted], { attributes: { to: int(dataTypeOf[dtype]) } });
  }),
  lowering<FillAttributes>('fill', ({ branch, attributes: { shape, dtype, value } }) =>
    branch.emit('Expand', [branch.scalar(dtype, value), branch.shape(shape)]),
  ),
];
