import { expect, test } from 'vitest';
import { Graph, transpose } from '../../src/index.js';
import { checkGradients, numbers, run } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

test('moves the axes', () => {
  expect(numbers({ x: { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] } }, ({ x }) => transpose(x, [1, 0]))).toEqual([
    1, 4, 2, 5, 3, 6,
  ]);
  const values = Array.from({ length: 24 }, (_, index) => index);
  const { shape, data } = run({ x: { shape: [2, 3, 4], values } }, ({ x }) => transpose(x, [2, 0, 1]));
  expect(shape).toEqual([4, 2, 3]);
  // Element [i, j, k] of the result is x[j, k, i].
  expect([...data]).toEqual(
    [0, 1, 2, 3].flatMap((i) => [0, 1].flatMap((j) => [0, 1, 2].map((k) => j * 12 + k * 4 + i))),
  );
});

test.each([[[0, 1, 2, 3]], [[3, 2, 1, 0]], [[0, 2, 1, 3]], [[1, 2, 3, 0]]])(
  '%s has the gradient of finite differences',
  (permutation) => {
    checkGradients({ x: { shape: ['b', 's', 2, 3] } }, ({ x }) => transpose(x, permutation), { b: 2, s: 2 });
  },
);

test('refuses what is no permutation', () => {
  const x = new Graph().input('x', 'f32', ['n', 3]);
  for (const permutation of [[0], [0, 0], [0, 2], [0, 1, 2], [-1, 0]]) {
    expectGraphError(() => transpose(x, permutation), 'attribute', 'transpose', '[n, 3]', permutation.join(', '));
  }
});
