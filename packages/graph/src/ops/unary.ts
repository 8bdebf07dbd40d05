import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireFloating } from '../tensor-type.js';
import { add, divide, multiply, subtract } from './arithmetic.js';
import { cast } from './cast.js';
import { greater, less } from './comparison.js';
import { type NoAttributes, noAttributes } from './shared/operand.js';
import { where } from './where.js';

interface VjpOperands {
  readonly x: Value;
  /** The operation's result at x. */
  readonly y: Value;
  /** dL/dy. */
  readonly g: Value;
}

/** Elementwise operations of one floating operand. */
function unary(
  name: string,
  compute: (x: number) => number,
  cotangent: (operands: VjpOperands) => Value,
): Operation<NoAttributes> {
  return {
    name,
    infer([x]) {
      requireFloating(name, 'x', x!);
      return x!;
    },
    evaluate: ([x]) => x!.data.map(compute),
    vjp: ({ inputs, output, cotangent: g }) => [cotangent({ x: inputs[0]!, y: output, g })],
  };
}

/**
 * erf in float64 by its Kummer series, 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!!, whose terms are all of one
 * sign, so nothing cancels (Abramowitz and Stegun 7.1.6). From 6 on it is 1 to the last bit.
 */
function erfOf(x: number): number {
  if (Math.abs(x) >= 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export const negateOperation: Operation<NoAttributes> = unary(
  'negate',
  (x) => -x,
  ({ g }) => negate(g),
);
export const expOperation: Operation<NoAttributes> = unary('exp', Math.exp, ({ g, y }) => multiply(g, y));
export const logOperation: Operation<NoAttributes> = unary('log', Math.log, ({ g, x }) => divide(g, x));
export const sqrtOperation: Operation<NoAttributes> = unary('sqrt', Math.sqrt, ({ g, y }) =>
  divide(multiply(g, 0.5), y),
);
export const reciprocalOperation: Operation<NoAttributes> = unary(
  'reciprocal',
  (x) => 1 / x,
  ({ g, y }) => negate(multiply(g, multiply(y, y))),
);
export const absOperation: Operation<NoAttributes> = unary('abs', Math.abs, ({ g, x }) =>
  multiply(g, subtract(cast(greater(x, 0), x.dtype), cast(less(x, 0), x.dtype))),
);
export const sinOperation: Operation<NoAttributes> = unary('sin', Math.sin, ({ g, x }) => multiply(g, cos(x)));
export const cosOperation: Operation<NoAttributes> = unary('cos', Math.cos, ({ g, x }) => negate(multiply(g, sin(x))));
export const tanhOperation: Operation<NoAttributes> = unary('tanh', Math.tanh, ({ g, y }) =>
  multiply(g, subtract(1, multiply(y, y))),
);
export const sigmoidOperation: Operation<NoAttributes> = unary(
  'sigmoid',
  (x) => 1 / (1 + Math.exp(-x)),
  ({ g, y }) => multiply(g, multiply(y, subtract(1, y))),
);
export const erfOperation: Operation<NoAttributes> = unary('erf', erfOf, ({ g, x }) =>
  multiply(g, multiply(exp(negate(multiply(x, x))), 2 / Math.sqrt(Math.PI))),
);
export const reluOperation: Operation<NoAttributes> = unary(
  'relu',
  (x) => Math.max(x, 0),
  ({ g, x }) => where(greater(x, 0), g, 0),
);
export const siluOperation: Operation<NoAttributes> = {
  ...unary(
    'silu',
    (x) => x / (1 + Math.exp(-x)),
    ({ g, x, y }) => {
      const gate = sigmoid(x);
      return multiply(g, add(gate, multiply(y, subtract(1, gate))));
    },
  ),
  decompose: ([x]) => multiply(x!, sigmoid(x!)),
};

/** -x. */
export function negate(x: Value): Value {
  return x.graph.apply(negateOperation, [x], noAttributes);
}

/** e^x. */
export function exp(x: Value): Value {
  return x.graph.apply(expOperation, [x], noAttributes);
}

/** Natural logarithm. */
export function log(x: Value): Value {
  return x.graph.apply(logOperation, [x], noAttributes);
}

/** Square root; its gradient at 0 is infinite. */
export function sqrt(x: Value): Value {
  return x.graph.apply(sqrtOperation, [x], noAttributes);
}

/** 1 / x. */
export function reciprocal(x: Value): Value {
  return x.graph.apply(reciprocalOperation, [x], noAttributes);
}

/** |x|; its gradient at 0 is 0. */
export function abs(x: Value): Value {
  return x.graph.apply(absOperation, [x], noAttributes);
}

/** Sine of radians. */
export function sin(x: Value): Value {
  return x.graph.apply(sinOperation, [x], noAttributes);
}

/** Cosine of radians. */
export function cos(x: Value): Value {
  return x.graph.apply(cosOperation, [x], noAttributes);
}

/** Hyperbolic tangent. */
export function tanh(x: Value): Value {
  return x.graph.apply(tanhOperation, [x], noAttributes);
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: Value): Value {
  return x.graph.apply(sigmoidOperation, [x], noAttributes);
}

/** The error function. */
export function erf(x: Value): Value {
  return x.graph.apply(erfOperation, [x], noAttributes);
}

/** max(x, 0); its gradient at 0 is 0. */
export function relu(x: Value): Value {
  return x.graph.apply(reluOperation, [x], noAttributes);
}

/** x sigmoid(x). */
export function silu(x: Value): Value {
  return x.graph.apply(siluOperation, [x], noAttributes);
}
