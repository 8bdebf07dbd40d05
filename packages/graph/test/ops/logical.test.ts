import { expect, test } from 'vitest';
import { Graph, logicalAnd, logicalNot, logicalOr } from '../../src/index.js';
import { numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

const operands = {
  a: { shape: [2, 1], dtype: 'bool', values: [0, 1] },
  b: { shape: ['n'], dtype: 'bool', values: [0, 1] },
} as const;

test('truth tables, broadcast', () => {
  expect(numbers(operands, ({ a, b }) => logicalAnd(a, b), { n: 2 })).toEqual([0, 0, 0, 1]);
  expect(numbers(operands, ({ a, b }) => logicalOr(a, b), { n: 2 })).toEqual([0, 1, 1, 1]);
  expect(numbers(operands, ({ a }) => logicalNot(a), { n: 2 })).toEqual([1, 0]);
});

test('refuses what is not bool, and shapes that do not fit', () => {
  const graph = new Graph();
  const bool = graph.input('bool', 'bool', [2]);
  const f32 = graph.input('f32', 'f32', [2]);
  expectGraphError(() => logicalAnd(bool, f32), 'dtype', 'logicalAnd', 'f32[2]');
  expectGraphError(() => logicalOr(f32, bool), 'dtype', 'logicalOr', 'f32[2]');
  expectGraphError(() => logicalNot(f32), 'dtype', 'logicalNot', 'f32[2]');
  expectGraphError(() => logicalAnd(bool, graph.input('three', 'bool', [3])), 'shape', 'logicalAnd');
});
