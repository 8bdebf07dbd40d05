import { expect, test } from 'vitest';
import { crossEntropy, Graph } from '../../src/index.js';
import { checkDecomposition, checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';
import { testAgainstTorch } from '../support/torch-fixtures.js';

testAgainstTorch('cross-entropy', ({ input, target }) => crossEntropy(input!, target!));

const labels = { shape: ['n'], dtype: 'i32', values: [2, 0, 4] } as const;

test('has the gradient of finite differences', () => {
  checkGradients({ labels, logits: { shape: ['n', 5], low: -3, high: 3 } }, (v) => crossEntropy(v.logits, v.labels), {
    n: 3,
  });
  checkGradients({ labels, logits: { shape: ['n', 'm'], low: -3, high: 3 } }, (v) => crossEntropy(v.logits, v.labels), {
    n: 3,
    m: 6,
  });
});

test('equals its decomposition, for scores whose exponentials overflow too', () => {
  for (const high of [3, 3000]) {
    const operands = { labels, logits: { shape: ['n', 5], low: -high, high } };
    checkDecomposition(operands, (v) => crossEntropy(v.logits, v.labels), { n: 3 });
  }
});

test('a certain answer costs nothing', () => {
  const operands = {
    logits: { shape: [1, 2], values: [1e4, -1e4] },
    labels: { shape: [1], dtype: 'i32', values: [0] },
  } as const;
  expect(numbers(operands, (v) => crossEntropy(v.logits, v.labels))).toEqual([0]);
});

test('refuses what does not fit', () => {
  const graph = new Graph();
  const logits = graph.input('logits', 'f32', ['n', 5]);
  expectGraphError(
    () => crossEntropy(logits, graph.input('m', 'i32', ['m'])),
    'shape',
    'crossEntropy',
    '[n, 5]',
    '[m]',
  );
  expectGraphError(() => crossEntropy(logits, graph.input('f', 'f32', ['n'])), 'dtype', 'crossEntropy', 'i32');
  expectGraphError(
    () => crossEntropy(graph.input('x', 'f32', [5]), graph.scalar('i32', 0)),
    'shape',
    'crossEntropy',
    'classes',
  );
  const operands = { labels, logits: { shape: ['n', 3] } };
  expectGraphError(
    () => numbers(operands, (v) => crossEntropy(v.logits, v.labels), { n: 3 }),
    'input',
    'index 4',
    '[0, 3)',
  );
});
