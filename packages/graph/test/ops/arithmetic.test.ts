import { describe, expect, test } from 'vitest';
import { add, divide, Graph, maximum, minimum, multiply, type Operand, subtract, type Value } from '../../src/index.js';
import { checkGradients, numbers, run } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

const operations: readonly {
  readonly name: string;
  readonly apply: (a: Operand, b: Operand) => Value;
  readonly of8And2: number;
  readonly integers: boolean;
}[] = [
  { name: 'add', apply: add, of8And2: 10, integers: true },
  { name: 'subtract', apply: subtract, of8And2: 6, integers: true },
  { name: 'multiply', apply: multiply, of8And2: 16, integers: true },
  { name: 'divide', apply: divide, of8And2: 4, integers: false },
  { name: 'maximum', apply: maximum, of8And2: 8, integers: false },
  { name: 'minimum', apply: minimum, of8And2: 2, integers: false },
];

describe.each(operations)('$name', ({ name, apply, of8And2, integers }) => {
  test('computes', () => {
    const operands = { a: { shape: [1], values: [8] }, b: { shape: [1], values: [2] } };
    expect(numbers(operands, ({ a, b }) => apply(a, b))).toEqual([of8And2]);
    expect(numbers(operands, ({ a }) => apply(a, 2))).toEqual([of8And2]);
    expect(numbers(operands, ({ b }) => apply(8, b))).toEqual([of8And2]);
  });

  test('broadcasts as NumPy does', () => {
    const operands = { a: { shape: [3, 1], values: [8, 4, 6] }, b: { shape: [2], values: [2, 4] } };
    const { shape, data } = run(operands, ({ a, b }) => apply(a, b));
    expect(shape).toEqual([3, 2]);
    const one = (a: number, b: number): number[] =>
      numbers({ a: { shape: [], values: [a] }, b: { shape: [], values: [b] } }, (values) => apply(values.a, values.b));
    expect([...data]).toEqual([8, 4, 6].flatMap((a) => [...one(a, 2), ...one(a, 4)]));
  });

  test('has the gradients of finite differences, broadcast or not', () => {
    // b stays away from a and from 0.
    const b = { low: 2, high: 3 };
    checkGradients({ a: { shape: ['n', 3] }, b: { shape: ['n', 3], ...b } }, (v) => apply(v.a, v.b), { n: 2 });
    checkGradients({ a: { shape: ['n', 1] }, b: { shape: [4], ...b } }, (v) => apply(v.a, v.b), { n: 3 });
    checkGradients({ a: { shape: [2, 1, 3] }, b: { shape: ['n', 1], ...b } }, (v) => apply(v.a, v.b), { n: 2 });
    checkGradients({ a: { shape: [] }, b: { shape: [2, 'n'], ...b } }, (v) => apply(v.a, v.b), { n: 2 });
    checkGradients({ b: { shape: [3], ...b } }, (v) => apply(4, v.b));
    checkGradients({ b: { shape: [3], ...b } }, (v) => apply(v.b, v.b));
  });

  test('refuses what does not fit', () => {
    const graph = new Graph();
    const f32 = graph.input('f32', 'f32', [2, 'n']);
    const f16 = graph.input('f16', 'f16', [2, 'n']);
    const i32 = graph.input('i32', 'i32', [2]);
    const bool = graph.input('bool', 'bool', [2]);
    const other = graph.input('other', 'f32', [2, 'm']);
    expectGraphError(() => apply(f32, other), 'shape', name, '[2, n]', '[2, m]');
    expectGraphError(() => apply(f32, f16), 'dtype', name, 'f32[2, n]', 'f16[2, n]', 'cast');
    expectGraphError(() => apply(bool, bool), 'dtype', name, 'bool[2]');
    expectGraphError(() => apply(1, 2), 'graph', name);
    expectGraphError(() => apply(f32, new Graph().input('x', 'f32', [])), 'graph', name);
    if (integers) expect(apply(i32, 1).type).toEqual({ dtype: 'i32', shape: [2] });
    else expectGraphError(() => apply(i32, 1), 'dtype', name, 'i32[2]');
  });
});

test('maximum and minimum give each side of a tie half of the gradient', () => {
  // The central difference of max(a, b) where a = b is one half as well.
  const operands = { a: { shape: [2], values: [1, 2] }, b: { shape: [2], values: [1, 2] } };
  checkGradients(operands, ({ a, b }) => maximum(a, b));
  checkGradients(operands, ({ a, b }) => minimum(a, b));
});
