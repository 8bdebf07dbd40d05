import { expect, test } from 'vitest';
import { Graph, power, square } from '../../src/index.js';
import { checkDecomposition, checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

test('power computes', () => {
  const operands = { x: { shape: [2], values: [4, 9] } };
  expect(numbers(operands, ({ x }) => power(x, 0.5))).toEqual([2, 3]);
  expect(numbers(operands, ({ x }) => power(x, -1))).toEqual([1 / 4, 1 / 9]);
  expect(numbers(operands, ({ x }) => power(x, 0))).toEqual([1, 1]);
  expect(numbers({ x: { shape: [1], values: [-2] } }, ({ x }) => power(x, 3))).toEqual([-8]);
});

test.each([-2, -0.5, 0, 0.5, 1, 2, 3])('power to the %f has the gradient of finite differences', (exponent) => {
  checkGradients({ x: { shape: ['n', 2], low: 0.5, high: 2 } }, ({ x }) => power(x, exponent), { n: 3 });
});

test.each([0, 1, 2, 3])('power to the %f has a finite gradient at 0', (exponent) => {
  checkGradients({ x: { shape: [1], values: [0] } }, ({ x }) => power(x, exponent));
});

test('square has the gradient of finite differences and equals its decomposition', () => {
  expect(numbers({ x: { shape: [2], values: [-3, 4] } }, ({ x }) => square(x))).toEqual([9, 16]);
  checkGradients({ x: { shape: ['n', 3] } }, ({ x }) => square(x), { n: 2 });
  checkDecomposition({ x: { shape: ['n', 3] } }, ({ x }) => square(x), { n: 2 });
});

test('refuses integers and exponents that are no number', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', [2]);
  expectGraphError(() => power(x, Number.NaN), 'attribute', 'power', 'NaN');
  expectGraphError(() => power(graph.input('i', 'i32', [2]), 2), 'dtype', 'power');
  expectGraphError(() => square(graph.input('j', 'i32', [2])), 'dtype', 'square');
});
