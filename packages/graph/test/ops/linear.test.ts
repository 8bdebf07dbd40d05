import { expect, test } from 'vitest';
import { Graph, linear } from '../../src/index.js';
import { checkGradients, run } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';
import { testAgainstTorch } from '../support/torch-fixtures.js';

testAgainstTorch('linear', ({ input, weight, bias }) => linear(input!, weight!, bias));

test.each([[[]], [['n']], [['b', 'n']], [[2, 'b', 'n']]])(
  'has the gradients of finite differences for x [%s, in]',
  (leading) => {
    const bindings = { b: 2, n: 3 };
    const operands = { x: { shape: [...leading, 3] }, weight: { shape: [5, 3] } };
    checkGradients(operands, ({ x, weight }) => linear(x, weight), bindings);
    const withBias = { ...operands, bias: { shape: [5] } };
    checkGradients(withBias, ({ x, weight, bias }) => linear(x, weight, bias), bindings);
  },
);

test('works without rows', () => {
  const operands = { x: { shape: ['n', 3], values: [] }, weight: { shape: [2, 3] } };
  expect(run(operands, ({ x, weight }) => linear(x, weight), { n: 0 }).shape).toEqual([0, 2]);
});

test('refuses what does not fit', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 3]);
  const weight = graph.weight('weight', [5, 3]);
  expectGraphError(() => linear(x, graph.weight('wide', [5, 4])), 'shape', 'linear', '[n, 3]', '[5, 4]');
  expectGraphError(() => linear(x, graph.weight('flat', [3])), 'shape', 'linear', '[out, in]');
  expectGraphError(() => linear(x, weight, graph.weight('bias', [3])), 'shape', 'linear', '[3]', '[5]');
  expectGraphError(() => linear(x, graph.weight('half', [5, 3], 'f16')), 'dtype', 'linear', 'cast');
  expectGraphError(() => linear(graph.scalar('f32', 1), weight), 'shape', 'linear', 'rank 0');
});
