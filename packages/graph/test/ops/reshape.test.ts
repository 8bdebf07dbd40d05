import { expect, test } from 'vitest';
import { Graph, multiplyDims, reshape } from '../../src/index.js';
import { checkGradients, run } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

test('keeps the elements in row-major order', () => {
  const { shape, data } = run({ x: { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] } }, ({ x }) => reshape(x, [3, -1]));
  expect(shape).toEqual([3, 2]);
  expect([...data]).toEqual([1, 2, 3, 4, 5, 6]);
});

test.each([
  [['b', 's', 12], ['b', 's', 3, -1], 'b, s, 3, 4'],
  [['b', 's', 12], [-1, 12], 'b*s, 12'],
  [['b', 's', 12], ['b', -1], 'b, 12*s'],
  [[2, 3], [-1], '6'],
  [['b', 1, 's'], ['s', -1], 's, b'],
  [[], [1, -1], '1, 1'],
])('[%s] to [%s] is [%s]', (from, to, expected) => {
  const value = reshape(new Graph().input('x', 'f32', from), to);
  expect(value.shape.map(String).join(', ')).toBe(expected);
  expect(value.origin).toMatchObject({ attributes: { shape: value.shape } });
});

test('has the gradient of finite differences', () => {
  checkGradients({ x: { shape: ['b', 's', 4] } }, ({ x }) => reshape(x, [-1, 2]), { b: 2, s: 3 });
  checkGradients({ x: { shape: ['b', 's', 4] } }, ({ x }) => reshape(x, [x.dim(1), multiplyDims(x.dim(0), 4)]), {
    b: 2,
    s: 3,
  });
});

test('refuses another size, and an open dimension that is unclear or no whole number', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['b', 6]);
  expectGraphError(() => reshape(x, ['b', 5]), 'shape', 'reshape', '[b, 6]', '[b, 5]');
  expectGraphError(() => reshape(x, ['b', 4, -1]), 'shape', 'reshape', '[b, 4, -1]');
  expectGraphError(() => reshape(x, ['s', -1]), 'shape', 'reshape', '[s, -1]');
  expectGraphError(() => reshape(x, [-1, -1]), 'attribute', 'reshape', 'more than one');
});
