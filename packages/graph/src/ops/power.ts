import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireFloating } from '../tensor-type.js';
import { multiply } from './arithmetic.js';
import { type NoAttributes, noAttributes } from './shared/operand.js';

export interface PowerAttributes {
  readonly exponent: number;
}

export const powerOperation: Operation<PowerAttributes> = {
  name: 'power',
  infer([x], { exponent }) {
    requireFloating('power', 'x', x!);
    if (!Number.isFinite(exponent))
      throw new GraphError('attribute', `the exponent ${exponent} is not finite`, 'power');
    return x!;
  },
  evaluate: ([x], { attributes }) => x!.data.map((each) => each ** attributes.exponent),
  vjp({ inputs, attributes: { exponent }, cotangent }) {
    // x^0 is constant; going through x^-1 would give 0 * infinity at x = 0.
    if (exponent === 0) return [undefined];
    if (exponent === 1) return [cotangent];
    return [multiply(cotangent, multiply(power(inputs[0]!, exponent - 1), exponent))];
  },
};

export const squareOperation: Operation<NoAttributes> = {
  name: 'square',
  infer([x]) {
    requireFloating('square', 'x', x!);
    return x!;
  },
  evaluate: ([x]) => x!.data.map((each) => each * each),
  vjp: ({ inputs, cotangent }) => [multiply(cotangent, multiply(inputs[0]!, 2))],
  decompose: ([x]) => multiply(x!, x!),
};

/** x^exponent; NaN for a negative x and a fractional exponent. */
export function power(x: Value, exponent: number): Value {
  return x.graph.apply(powerOperation, [x], { exponent });
}

/** x^2. */
export function square(x: Value): Value {
  return x.graph.apply(squareOperation, [x], noAttributes);
}
