import { expect, test } from 'vitest';
import { add, Graph, mse, multiply } from '../../src/index.js';
import { checkDecomposition, checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';
import { testAgainstTorch } from '../support/torch-fixtures.js';

testAgainstTorch('mse', ({ input, target }) => mse(input!, target!));

const operands = { a: { shape: ['n', 3] }, b: { shape: ['n', 3] } };

test('has the gradients of finite differences and equals its decomposition', () => {
  expect(numbers({ a: { shape: [2], values: [1, 5] } }, ({ a }) => mse(a, multiply(a, 2)))).toEqual([13]);
  checkGradients(operands, ({ a, b }) => mse(a, b), { n: 2 });
  checkDecomposition(operands, ({ a, b }) => mse(a, b), { n: 2 });
});

test('counts an operand that depends on the other, or is the other, once in each place', () => {
  checkGradients(operands, ({ a, b }) => mse(a, add(multiply(a, a), b)), { n: 2 });
  checkGradients(operands, ({ a }) => mse(a, a), { n: 2 });
});

test('refuses what is not alike', () => {
  const graph = new Graph();
  const a = graph.input('a', 'f32', ['n', 3]);
  expectGraphError(() => mse(a, graph.input('b', 'f32', ['n', 1])), 'shape', 'mse', '[n, 3]', '[n, 1]');
  expectGraphError(() => mse(a, graph.input('h', 'f16', ['n', 3])), 'dtype', 'mse', 'cast');
});
