import { test } from 'vitest';
import { type GeluAttributes, Graph, gelu } from '../../src/index.js';
import { checkDecomposition, checkGradients } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';
import { testAgainstTorch } from '../support/torch-fixtures.js';

testAgainstTorch<GeluAttributes>('gelu', ({ x }, options) => gelu(x!, options));

test.each(['tanh', 'none'] as const)('%s: gradient, and decomposition', (approximate) => {
  const operands = { x: { shape: ['n', 4], low: -3, high: 3 } };
  checkGradients(operands, ({ x }) => gelu(x, { approximate }), { n: 3 });
  checkDecomposition(operands, ({ x }) => gelu(x, { approximate }), { n: 3 });
});

test('refuses integers and unknown approximations', () => {
  const graph = new Graph();
  expectGraphError(() => gelu(graph.input('i', 'i32', [2]), { approximate: 'tanh' }), 'dtype', 'gelu');
  // What a configuration file may hold.
  const approximate = 'sigmoid' as 'tanh';
  expectGraphError(() => gelu(graph.input('x', 'f32', [2]), { approximate }), 'attribute', 'gelu', 'sigmoid');
});
