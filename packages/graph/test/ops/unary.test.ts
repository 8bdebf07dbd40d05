import { describe, expect, test } from 'vitest';
import {
  abs,
  cos,
  erf,
  exp,
  Graph,
  log,
  negate,
  reciprocal,
  relu,
  sigmoid,
  silu,
  sin,
  sqrt,
  tanh,
  type Value,
} from '../../src/index.js';
import { checkDecomposition, checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';
import { testAgainstTorch } from '../support/torch-fixtures.js';

interface Unary {
  readonly name: string;
  readonly apply: (x: Value) => Value;
  /** Where it is smooth. */
  readonly low: number;
  readonly high: number;
  /** An argument with its result, known in closed form or from tables. */
  readonly at: readonly [x: number, y: number];
}

const operations: readonly Unary[] = [
  { name: 'negate', apply: negate, low: -1, high: 1, at: [2, -2] },
  { name: 'exp', apply: exp, low: -1, high: 1, at: [1, Math.E] },
  { name: 'log', apply: log, low: 0.5, high: 2, at: [Math.E ** 2, 2] },
  { name: 'sqrt', apply: sqrt, low: 0.5, high: 2, at: [9, 3] },
  { name: 'reciprocal', apply: reciprocal, low: 0.5, high: 2, at: [-4, -0.25] },
  { name: 'abs', apply: abs, low: -2, high: -0.5, at: [-3, 3] },
  { name: 'abs', apply: abs, low: 0.5, high: 2, at: [3, 3] },
  { name: 'sin', apply: sin, low: -3, high: 3, at: [Math.PI / 6, 0.5] },
  { name: 'cos', apply: cos, low: -3, high: 3, at: [Math.PI / 3, 0.5] },
  { name: 'tanh', apply: tanh, low: -2, high: 2, at: [Math.log(2), 0.6] },
  { name: 'sigmoid', apply: sigmoid, low: -3, high: 3, at: [Math.log(3), 0.75] },
  { name: 'relu', apply: relu, low: -2, high: -0.5, at: [-1, 0] },
  { name: 'relu', apply: relu, low: 0.5, high: 2, at: [1.5, 1.5] },
  { name: 'silu', apply: silu, low: -3, high: 3, at: [Math.log(3), 0.75 * Math.log(3)] },
  // Abramowitz and Stegun, table 7.1.
  { name: 'erf', apply: erf, low: -2, high: 2, at: [0.5, 0.5204998778130465] },
];

describe.each(operations)('$name on [$low, $high)', ({ name, apply, low, high, at }) => {
  test('computes', () => {
    const [result] = numbers({ x: { shape: [1], values: [at[0]] } }, ({ x }) => apply(x));
    expect(result).toBeCloseTo(at[1], 14);
  });

  test('has the gradient of finite differences', () => {
    checkGradients({ x: { shape: [2, 'n'], low, high } }, ({ x }) => apply(x), { n: 3 });
    checkGradients({ x: { shape: [], low, high } }, ({ x }) => apply(x));
  });

  test('keeps the type, and refuses integers', () => {
    const graph = new Graph();
    expect(apply(graph.input('x', 'bf16', ['n', 2])).type).toEqual(graph.input('y', 'bf16', ['n', 2]).type);
    expectGraphError(() => apply(graph.input('i', 'i32', [2])), 'dtype', name, 'i32[2]');
  });
});

describe('away from the middle', () => {
  test('erf is odd, reaches 1, and is right in its tails', () => {
    const values = [0, 3, -3, 5.9, 6, 40, Number.POSITIVE_INFINITY];
    const [zero, three, minusThree, late, six, far, infinite] = numbers({ x: { shape: [7], values } }, ({ x }) =>
      erf(x),
    );
    expect(zero).toBe(0);
    expect(three).toBeCloseTo(0.9999779095030014, 15);
    expect(minusThree).toBe(-(three as number));
    expect([late, six, far, infinite]).toEqual([1, 1, 1, 1]);
  });

  test('sigmoid and silu saturate without NaN', () => {
    const operands = { x: { shape: [2], values: [-1000, 1000] } };
    expect(numbers(operands, ({ x }) => sigmoid(x))).toEqual([0, 1]);
    expect(numbers(operands, ({ x }) => silu(x)).map(Math.abs)).toEqual([0, 1000]);
  });
});

describe('silu', () => {
  testAgainstTorch('silu', ({ input }) => silu(input!));

  test('equals its decomposition', () => {
    checkDecomposition({ x: { shape: [3, 'n'], low: -4, high: 4 } }, ({ x }) => silu(x), { n: 4 });
  });
});
