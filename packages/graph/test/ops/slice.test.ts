import { expect, test } from 'vitest';
import { dim, Graph, interpret, slice, subtractDims } from '../../src/index.js';
import { array } from '../support/arrays.js';
import { checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

const x = { shape: [2, 3, 2], values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] };

test('takes elements start to end of an axis', () => {
  expect(numbers({ x }, (v) => slice(v.x, 1, 1, 3))).toEqual([2, 3, 4, 5, 8, 9, 10, 11]);
  expect(numbers({ x }, (v) => slice(v.x, -1, 0, 1))).toEqual([0, 2, 4, 6, 8, 10]);
  expect(numbers({ x }, (v) => slice(v.x, 0, 1, 1))).toEqual([]);
});

test('has the gradient of finite differences, symbolic bounds too', () => {
  checkGradients({ x: { shape: ['n', 4, 2] } }, (v) => slice(v.x, 1, 1, 3), { n: 2 });
  checkGradients({ x: { shape: ['n', 2] } }, (v) => slice(v.x, 0, 1, v.x.dim(0)), { n: 3 });
  const text = { shape: ['text'] };
  const operands = { x: { shape: [2, 'n'] }, text };
  checkGradients(operands, (v) => slice(v.x, 1, v.text.dim(0), v.x.dim(1)), { n: 5, text: 2 });
});

test('refuses bounds outside the axis, when it is built or when it runs', () => {
  const graph = new Graph();
  const value = graph.input('x', 'f32', ['n', 4]);
  expectGraphError(() => slice(value, 1, 2, 5), 'shape', 'slice', '[2, 5)', '4');
  expectGraphError(() => slice(value, 1, 3, 2), 'shape', 'slice', '[3, 2)');
  expectGraphError(() => slice(value, 1, -1, 2), 'shape', '-1');
  expectGraphError(() => slice(value, 2, 0, 1), 'attribute', 'slice', 'axis 2');
  graph.output('result', slice(value, 0, 0, 3));
  const program = graph.build();
  const inputs = { x: array([1, 2, 3, 4, 5, 6, 7, 8], [2, 4]) };
  expectGraphError(() => interpret(program, { inputs }), 'shape', 'slice', '[0, 3)', '2');
  const other = new Graph();
  const late = other.input('x', 'f32', ['n']);
  other.output('result', slice(late, 0, subtractDims(dim('n'), 3), 'n'));
  expectGraphError(() => interpret(other.build(), { inputs: { x: array([1, 2]) } }), 'shape', '-1');
});
