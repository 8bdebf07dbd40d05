import { expect, test } from 'vitest';
import { expand, Graph } from '../../src/index.js';
import { checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

test('repeats along new axes and axes of length 1', () => {
  const x = { shape: [2, 1], values: [1, 2] };
  expect(numbers({ x }, (v) => expand(v.x, [2, 2, 3]))).toEqual([1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2]);
  expect(numbers({ x: { shape: [], values: [7] } }, (v) => expand(v.x, [2]))).toEqual([7, 7]);
});

test('has the gradient of finite differences, to symbolic sizes too', () => {
  const like = { shape: ['n', 'm'] };
  checkGradients({ x: { shape: ['n', 1] }, like }, (v) => expand(v.x, v.like.shape), { n: 2, m: 3 });
  checkGradients({ x: { shape: [] }, like }, (v) => expand(v.x, v.like.shape), { n: 2, m: 3 });
  checkGradients({ x: { shape: ['n', 1, 2] } }, (v) => expand(v.x, [3, ...v.x.shape.slice(0, 1), 4, 2]), { n: 2 });
});

test('refuses shapes that x does not repeat to', () => {
  const x = new Graph().input('x', 'f32', ['n', 2]);
  expectGraphError(() => expand(x, ['n', 4]), 'shape', 'expand', '[n, 2]', '[n, 4]');
  expectGraphError(() => expand(x, [2]), 'shape', 'expand');
  expectGraphError(() => expand(x, ['m', 2]), 'shape', 'expand');
});
