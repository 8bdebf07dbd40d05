import { expect, test } from 'vitest';
import { concat, Graph } from '../../src/index.js';
import { checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

test('joins along an axis', () => {
  const operands = { a: { shape: [2, 1], values: [1, 2] }, b: { shape: [2, 2], values: [3, 4, 5, 6] } };
  expect(numbers(operands, ({ a, b }) => concat([a, b], 1))).toEqual([1, 3, 4, 2, 5, 6]);
  expect(numbers(operands, ({ b }) => concat([b, b], -2))).toEqual([3, 4, 5, 6, 3, 4, 5, 6]);
  const flags = { a: { shape: [1], dtype: 'bool', values: [1] } } as const;
  expect(numbers(flags, ({ a }) => concat([a, a], 0))).toEqual([1, 1]);
});

test.each([0, 1, -1])('along axis %i has the gradients of finite differences', (axis) => {
  const part = (length: number | string) => ({
    shape: [2, 3, 2].map((each, at) => (at === (axis + 3) % 3 ? length : each)),
  });
  const operands = { text: part('text'), image: part('image'), last: part(1) };
  checkGradients(operands, (v) => concat([v.text, v.image, v.last], axis), { text: 2, image: 3 });
  checkGradients(operands, (v) => concat([v.text, v.image, v.text], axis), { text: 2, image: 3 });
});

test('adds symbolic lengths', () => {
  const graph = new Graph();
  const joined = concat([graph.input('a', 'f32', ['text', 2]), graph.input('b', 'f32', ['image', 2])], 0);
  expect(joined.shape.map(String)).toEqual(['text + image', '2']);
});

test('refuses what does not fit', () => {
  const graph = new Graph();
  const a = graph.input('a', 'f32', ['n', 2]);
  expectGraphError(
    () => concat([a, graph.input('b', 'f32', ['n', 3])], 0),
    'shape',
    'concat',
    '[n, 2]',
    '[n, 3]',
    'axis 0',
  );
  expectGraphError(() => concat([a, graph.input('c', 'f32', ['n'])], 0), 'shape', 'concat');
  expectGraphError(() => concat([a, graph.input('d', 'f16', ['n', 2])], 0), 'dtype', 'concat', 'cast');
  expectGraphError(() => concat([a, a], 2), 'attribute', 'concat', 'axis 2');
  expectGraphError(() => concat([], 0), 'graph', 'concat');
});
