import { test } from 'vitest';
import { Graph, type RmsNormAttributes, rmsNorm } from '../../src/index.js';
import { checkDecomposition, checkGradients } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';
import { testAgainstTorch } from '../support/torch-fixtures.js';

testAgainstTorch<RmsNormAttributes>('rms-norm', ({ x, weight }, { epsilon }) => rmsNorm(x!, weight!, epsilon));

const operands = { x: { shape: ['b', 's', 5], low: -2, high: 2 }, weight: { shape: [5] } };
const bindings = { b: 2, s: 3 };

test('has the gradients of finite differences', () => {
  checkGradients(operands, ({ x, weight }) => rmsNorm(x, weight, 1e-6), bindings);
  checkGradients({ ...operands, x: { shape: [5] } }, ({ x, weight }) => rmsNorm(x, weight, 0.5));
  checkGradients({ x: { shape: [4], dtype: 'f16' }, weight: { shape: [4], dtype: 'f16' } }, (v) =>
    rmsNorm(v.x, v.weight, 1e-5),
  );
});

test('equals its decomposition', () => {
  checkDecomposition(operands, ({ x, weight }) => rmsNorm(x, weight, 1e-6), bindings);
  const half = { x: { shape: [3, 4], dtype: 'bf16' }, weight: { shape: [4], dtype: 'bf16' } } as const;
  checkDecomposition(half, ({ x, weight }) => rmsNorm(x, weight, 1e-6));
});

test('refuses a weight that does not fit', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 4]);
  expectGraphError(() => rmsNorm(x, graph.weight('w', [5]), 1e-6), 'shape', 'rmsNorm', '[n, 4]', '[5]');
  expectGraphError(() => rmsNorm(x, graph.weight('m', [1, 4]), 1e-6), 'shape', 'rmsNorm', '[1, 4]');
  expectGraphError(() => rmsNorm(x, graph.weight('h', [4], 'f16'), 1e-6), 'dtype', 'rmsNorm', 'cast');
});
