import { expect, test } from 'vitest';
import { Graph, pad } from '../../src/index.js';
import { checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

test('puts zeros around an axis', () => {
  const x = { shape: [2, 2], values: [1, 2, 3, 4] };
  expect(numbers({ x }, (v) => pad(v.x, 1, 1, 2))).toEqual([0, 1, 2, 0, 0, 0, 3, 4, 0, 0]);
  expect(numbers({ x }, (v) => pad(v.x, -2, 0, 1))).toEqual([1, 2, 3, 4, 0, 0]);
});

test('has the gradient of finite differences, symbolic counts too', () => {
  checkGradients({ x: { shape: ['n', 3] } }, (v) => pad(v.x, 0, 2, 1), { n: 2 });
  const operands = { x: { shape: ['n', 3] }, other: { shape: ['m'] } };
  checkGradients(operands, (v) => pad(v.x, 1, v.other.dim(0), v.x.dim(0)), { n: 2, m: 3 });
});

test('adds symbolic lengths; refuses negative counts and axes that are not there', () => {
  const x = new Graph().input('x', 'f32', ['n', 3]);
  expect(pad(x, 0, 'm', 1).shape.map(String)).toEqual(['n + m + 1', '3']);
  expectGraphError(() => pad(x, 0, -1, 0), 'shape', '-1');
  expectGraphError(() => pad(x, 2, 1, 0), 'attribute', 'pad', 'axis 2');
});
