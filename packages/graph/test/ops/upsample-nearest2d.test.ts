import { expect, test } from 'vitest';
import { Graph, type UpsampleNearest2dAttributes, upsampleNearest2d } from '../../src/index.js';
import { checkDecomposition, checkGradients } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';
import { testAgainstTorch } from '../support/torch-fixtures.js';

testAgainstTorch<UpsampleNearest2dAttributes>('upsample-nearest2d', ({ x }, { factor }) =>
  upsampleNearest2d(x!, factor),
);

test.each([1, 2, 3])('by %i: gradient, and decomposition', (factor) => {
  const operands = { x: { shape: ['n', 2, 'h', 'w'] } };
  const bindings = { n: 2, h: 2, w: 3 };
  checkGradients(operands, ({ x }) => upsampleNearest2d(x, factor), bindings);
  checkDecomposition(operands, ({ x }) => upsampleNearest2d(x, factor), bindings);
});

test('multiplies height and width; refuses other ranks and factors', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 2, 'h', 3]);
  expect(upsampleNearest2d(x, 2).shape.map(String)).toEqual(['n', '2', '2*h', '6']);
  expectGraphError(() => upsampleNearest2d(x, 1.5), 'attribute', 'upsampleNearest2d', '1.5');
  expectGraphError(() => upsampleNearest2d(graph.input('y', 'f32', [2, 3]), 2), 'shape', 'upsampleNearest2d', '[2, 3]');
});
