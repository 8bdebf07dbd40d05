import { test } from 'vitest';
import { Graph, layerNorm } from '../../src/index.js';
import { checkDecomposition, checkGradients } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';
import { testAgainstTorch } from '../support/torch-fixtures.js';

testAgainstTorch<{ epsilon: number }>('layer-norm', ({ x, weight, bias }, { epsilon }) =>
  layerNorm(x!, { weight, bias, epsilon }),
);

const epsilon = 1e-5;
const operands = { x: { shape: ['b', 's', 5], low: -2, high: 3 }, weight: { shape: [5] }, bias: { shape: [5] } };
const bindings = { b: 2, s: 3 };

test.each([
  ['no operand', {}],
  ['weight', { weight: true }],
  ['bias', { bias: true }],
  ['weight and bias', { weight: true, bias: true }],
])('with %s: gradients, and decomposition', (_, has: { weight?: boolean; bias?: boolean }) => {
  const build = ({ x, weight, bias }: Parameters<Parameters<typeof checkGradients<typeof operands>>[1]>[0]) =>
    layerNorm(x, { weight: has.weight ? weight : undefined, bias: has.bias ? bias : undefined, epsilon });
  checkGradients(operands, build, bindings);
  checkDecomposition(operands, build, bindings);
});

test('equals its decomposition in a lower precision', () => {
  const half = { x: { shape: [3, 4], dtype: 'f16' }, bias: { shape: [4], dtype: 'f16' } } as const;
  checkDecomposition(half, ({ x, bias }) => layerNorm(x, { bias, epsilon }));
  checkGradients(half, ({ x, bias }) => layerNorm(x, { bias, epsilon }));
});

test('refuses operands that do not fit', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 4]);
  expectGraphError(
    () => layerNorm(x, { weight: graph.weight('w', [5]), epsilon }),
    'shape',
    'layerNorm',
    '[n, 4]',
    '[5]',
  );
  expectGraphError(() => layerNorm(x, { bias: graph.weight('b', [2, 4]), epsilon }), 'shape', 'layerNorm', '[2, 4]');
  expectGraphError(() => layerNorm(x, { bias: graph.weight('h', [4], 'f16'), epsilon }), 'dtype', 'layerNorm', 'cast');
});
