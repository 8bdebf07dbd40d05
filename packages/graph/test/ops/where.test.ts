import { expect, test } from 'vitest';
import { Graph, log, multiply, where } from '../../src/index.js';
import { checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

const condition = { shape: [3], dtype: 'bool', values: [1, 0, 1] } as const;

test('chooses, and broadcasts all three', () => {
  const operands = { condition, a: { shape: [2, 1], values: [1, 2] }, b: { shape: [], values: [9] } };
  expect(numbers(operands, (v) => where(v.condition, v.a, v.b))).toEqual([1, 9, 1, 2, 9, 2]);
  expect(numbers({ condition, a: { shape: [3], values: [1, 2, 3] } }, (v) => where(v.condition, v.a, 0))).toEqual([
    1, 0, 3,
  ]);
});

test('has the gradients of finite differences', () => {
  checkGradients({ condition, a: { shape: ['n', 3] }, b: { shape: ['n', 3] } }, (v) => where(v.condition, v.a, v.b), {
    n: 2,
  });
  checkGradients({ condition, a: { shape: ['n', 1] }, b: { shape: [] } }, (v) => where(v.condition, v.a, v.b), {
    n: 2,
  });
  checkGradients({ condition, b: { shape: [3] } }, (v) => where(v.condition, 1, multiply(v.b, v.b)));
});

test('what was not chosen leaks neither a value nor a gradient', () => {
  const operands = { condition, x: { shape: [3], values: [1, Number.NaN, 2] } };
  expect(numbers(operands, (v) => where(v.condition, v.x, 0))).toEqual([1, 0, 2]);
  const negative = { condition, x: { shape: [3], values: [1, -5, 2] } };
  checkGradients(negative, (v) => where(v.condition, log(where(v.condition, v.x, 1)), 0));
});

test('refuses a condition that is not bool, mixed branches and shapes that do not fit', () => {
  const graph = new Graph();
  const f32 = graph.input('f32', 'f32', [2]);
  const bool = graph.input('bool', 'bool', [2]);
  expectGraphError(() => where(f32, f32, f32), 'dtype', 'where', 'condition', 'f32[2]');
  expectGraphError(() => where(bool, f32, graph.input('f16', 'f16', [2])), 'dtype', 'where', 'cast');
  expectGraphError(() => where(bool, f32, graph.input('x', 'f32', [3])), 'shape', 'where', '[3]');
  expectGraphError(() => where(bool, 1, 2), 'graph', 'where');
});
