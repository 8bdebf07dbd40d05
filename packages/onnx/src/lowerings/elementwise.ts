import type { CastAttributes, GeluAttributes, PowerAttributes } from '@mokus/graph';
import { type Lowering, lowering, operand } from '../lowering.js';
import { dataTypeOf, int, text } from '../proto.js';

/** One ONNX node of the same operands. */
function node(name: string, opType: string): readonly [string, Lowering<unknown>] {
  return lowering(name, ({ branch, inputs }) =>
    branch.emit(
      opType,
      inputs.map((each) => each.name),
    ),
  );
}

export const elementwise: readonly (readonly [string, Lowering<unknown>])[] = [
  node('add', 'Add'),
  node('subtract', 'Sub'),
  node('multiply', 'Mul'),
  node('divide', 'Div'),
  node('maximum', 'Max'),
  node('minimum', 'Min'),
  node('negate', 'Neg'),
  node('exp', 'Exp'),
  node('log', 'Log'),
  node('sqrt', 'Sqrt'),
  node('reciprocal', 'Reciprocal'),
  node('abs', 'Abs'),
  node('sin', 'Sin'),
  node('cos', 'Cos'),
  node('tanh', 'Tanh'),
  node('sigmoid', 'Sigmoid'),
  node('erf', 'Erf'),
  node('relu', 'Relu'),
  node('equal', 'Equal'),
  node('less', 'Less'),
  node('lessOrEqual', 'LessOrEqual'),
  node('greater', 'Greater'),
  node('greaterOrEqual', 'GreaterOrEqual'),
  node('logicalAnd', 'And'),
  node('logicalOr', 'Or'),
  node('logicalNot', 'Not'),
  lowering<GeluAttributes>('gelu', ({ branch, inputs, attributes }) =>
    branch.emit('Gelu', [operand(inputs, 0).name], { attributes: { approximate: text(attributes.approximate) } }),
  ),
  lowering<PowerAttributes>('power', ({ branch, inputs, attributes }) => {
    const { name, type } = operand(inputs, 0);
    return branch.emit('Pow', [name, branch.scalar(type.dtype, attributes.exponent)]);
  }),
  lowering<CastAttributes>('cast', ({ branch, inputs, attributes }) =>
    branch.emit('Cast', [operand(inputs, 0).name], { attributes: { to: int(dataTypeOf[attributes.dtype]) } }),
  ),
  // Only differentiation knows the difference.
  lowering('detach', ({ inputs }) => operand(inputs, 0).name),
  lowering('where', ({ branch, inputs, output }) => {
    const [condition, a, b] = inputs.map((each) => each.name) as [string, string, string];
    if (output.dtype !== 'bool') return branch.emit('Where', [condition, a, b]);
    // No provider but WebGPU chooses between bools.
    const chosen = branch.emit('And', [condition, a]);
    return branch.emit('Or', [chosen, branch.emit('And', [branch.emit('Not', [condition]), b])]);
  }),
];
