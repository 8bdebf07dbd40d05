import { expect, test } from 'vitest';
import { cosineSimilarity, Graph, multiply } from '../../src/index.js';
import { checkDecomposition, checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';
import { testAgainstTorch } from '../support/torch-fixtures.js';

testAgainstTorch('cosine-similarity', ({ a, b }) => cosineSimilarity(a!, b!));

const operands = { a: { shape: ['n', 2, 'd'], low: 0.5, high: 2 }, b: { shape: [2, 'd'] } };
const bindings = { n: 3, d: 4 };

test('has the gradients of finite differences and equals its decomposition', () => {
  checkGradients(operands, ({ a, b }) => cosineSimilarity(a, b), bindings);
  checkDecomposition(operands, ({ a, b }) => cosineSimilarity(a, b), bindings);
  checkGradients({ a: { shape: [4] } }, ({ a }) => cosineSimilarity(a, multiply(a, a)));
  checkDecomposition({ a: { shape: [4], dtype: 'f16' } }, ({ a }) => cosineSimilarity(a, multiply(a, a)));
});

test('is 0 for a zero vector, and does not change with length', () => {
  const pairs = { a: { shape: [2, 2], values: [0, 0, 3, 4] }, b: { shape: [2], values: [30, 40] } };
  const [zero, parallel] = numbers(pairs, ({ a, b }) => cosineSimilarity(a, b));
  expect(zero).toBe(0);
  expect(parallel).toBeCloseTo(1, 15);
});

test('refuses what does not fit', () => {
  const graph = new Graph();
  const a = graph.input('a', 'f32', ['n', 3]);
  expectGraphError(() => cosineSimilarity(a, graph.input('b', 'f32', ['n', 4])), 'shape', 'cosineSimilarity', '[n, 4]');
  expectGraphError(() => cosineSimilarity(a, graph.input('h', 'f16', ['n', 3])), 'dtype', 'cosineSimilarity', 'cast');
  expectGraphError(() => cosineSimilarity(graph.scalar('f32', 1), a), 'shape', 'cosineSimilarity', 'rank 0');
});
