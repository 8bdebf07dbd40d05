import type { ConcatAttributes, SliceAttributes, TransposeAttributes } from '@mokus/graph';
import {
  attribute,
  type BranchBuilder,
  dataTypeOf,
  defaultLowerings,
  type ElementType,
  type Lowering,
  type LoweringTable,
  lowering,
  type Operand,
} from '@mokus/onnx';

function cast(branch: BranchBuilder, value: string, to: ElementType): string {
  return branch.emit('Cast', [value], { attributes: { to: attribute.int(dataTypeOf[to]) } });
}

function operandOf(inputs: readonly Operand[], index: number): Operand {
  return inputs[index] as Operand;
}

/** The operation as it is lowered by default, or in another way where an operand is of one of the dtypes. */
function unless(
  name: string,
  dtypes: readonly ElementType[],
  instead: Lowering<never>,
): readonly [string, Lowering<unknown>] {
  const usual = defaultLowerings.get(name) as Lowering<unknown>;
  return lowering<unknown>(name, (context) =>
    context.inputs.some(({ type }) => dtypes.includes(type.dtype)) ? instead(context as never) : usual(context),
  );
}

/** The operation on bools, done on i32: WebGPU has kernels for few things on bools. */
function inIntegers(
  name: string,
  emit: (branch: BranchBuilder, integers: readonly string[], attributes: never) => string,
): readonly [string, Lowering<unknown>] {
  return unless(name, ['bool'], ({ branch, inputs, output, attributes }) => {
    const integers = inputs.map((each) => cast(branch, each.name, 'i32'));
    return cast(branch, emit(branch, integers, attributes), output.dtype);
  });
}

/** Lowerings that keep on the GPU what the default ones would send to the CPU. */
export const webgpuLowerings: LoweringTable = new Map([
  ...defaultLowerings,
  lowering('logicalOr', ({ branch, inputs }) => {
    const neither = inputs.map(({ name }) => branch.emit('Not', [name]));
    return branch.emit('Not', [branch.emit('And', neither)]);
  }),
  lowering('where', ({ branch, inputs }) =>
    branch.emit(
      'Where',
      inputs.map(({ name }) => name),
    ),
  ),
  unless('slice', ['i32', 'bool'], sliced),
  inIntegers('concat', (branch, integers, { axis }: ConcatAttributes) =>
    branch.emit('Concat', integers, { attributes: { axis: attribute.int(axis) } }),
  ),
  inIntegers('transpose', (branch, integers, { permutation }: TransposeAttributes) =>
    branch.emit('Transpose', integers, { attributes: { perm: attribute.ints(permutation) } }),
  ),
]);

/** Rows by their numbers, which the CPU counts and the GPU gathers. */
function sliced({ branch, inputs, attributes }: Parameters<Lowering<SliceAttributes>>[0]): string {
  const { axis, start, end } = attributes;
  const scalar = (dim: typeof start): string => cast(branch, branch.emit('Squeeze', [branch.dim(dim)]), 'i32');
  const rows = branch.emit('Range', [scalar(start), scalar(end), branch.scalar('i32', 1)]);
  return branch.emit('Gather', [operandOf(inputs, 0).name, rows], { attributes: { axis: attribute.int(axis) } });
}
