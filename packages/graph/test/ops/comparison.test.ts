import { describe, expect, test } from 'vitest';
import { equal, Graph, greater, greaterOrEqual, less, lessOrEqual, type Operand, type Value } from '../../src/index.js';
import { numbers, run } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

const operations: readonly (readonly [string, (a: Operand, b: Operand) => Value, readonly number[]])[] = [
  ['equal', equal, [0, 1, 0]],
  ['less', less, [1, 0, 0]],
  ['lessOrEqual', lessOrEqual, [1, 1, 0]],
  ['greater', greater, [0, 0, 1]],
  ['greaterOrEqual', greaterOrEqual, [0, 1, 1]],
];

describe.each(operations)('%s', (name, apply, of123And2) => {
  test('compares floats and integers', () => {
    for (const dtype of ['f32', 'i32'] as const) {
      const operands = { a: { shape: [3], dtype, values: [1, 2, 3] }, b: { shape: [], dtype, values: [2] } };
      expect(numbers(operands, ({ a, b }) => apply(a, b))).toEqual(of123And2);
      expect(numbers(operands, ({ a }) => apply(a, 2))).toEqual(of123And2);
    }
  });

  test('gives a bool of the broadcast shape', () => {
    const graph = new Graph();
    const result = apply(graph.input('a', 'f32', ['n', 1]), graph.input('b', 'f32', [4]));
    expect(result.dtype).toBe('bool');
    expect(result.shape.map(String)).toEqual(['n', '4']);
    const operands = { a: { shape: ['n', 1] }, b: { shape: [4] } };
    expect(run(operands, ({ a, b }) => apply(a, b), { n: 2 }).shape).toEqual([2, 4]);
  });

  test('refuses bools, mixed dtypes and shapes that do not fit', () => {
    const graph = new Graph();
    const [f32, i32, bool] = (['f32', 'i32', 'bool'] as const).map((dtype) => graph.input(dtype, dtype, [2]));
    expectGraphError(() => apply(bool!, bool!), 'dtype', name);
    expectGraphError(() => apply(f32!, i32!), 'dtype', name, 'cast');
    expectGraphError(() => apply(f32!, graph.input('x', 'f32', [3])), 'shape', name, '[2]', '[3]');
  });
});
