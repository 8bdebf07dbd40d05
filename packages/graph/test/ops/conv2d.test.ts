import { describe, expect, test } from 'vitest';
import { conv2d, conv2dInputGradient, conv2dWeightGradient, Graph, type Padding2d } from '../../src/index.js';
import { checkGradients, run } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';
import { testAgainstTorch } from '../support/torch-fixtures.js';

testAgainstTorch<{ stride: number; padding: Padding2d }>('conv2d', ({ x, weight, bias }, options) =>
  conv2d(x!, weight!, { bias, ...options }),
);

const cases: readonly { stride: number; padding: Padding2d; height: number; width: number }[] = [
  { stride: 1, padding: [1, 1, 1, 1], height: 3, width: 4 },
  { stride: 1, padding: [0, 2, 1, 0], height: 4, width: 2 },
  // (3 + 0 + 1 - 3) / 2 leaves a remainder: the last row of the picture is seen by no kernel's start.
  { stride: 2, padding: [0, 0, 1, 1], height: 3, width: 4 },
  { stride: 3, padding: [1, 0, 0, 1], height: 5, width: 3 },
];

describe.each(cases)('stride $stride, padding $padding', ({ stride, padding, height, width }) => {
  const x = { shape: ['n', 2, height, width] };
  const weight = { shape: [3, 2, 3, 2] };
  const options = { stride, padding };

  test('has the gradients of finite differences', () => {
    const operands = { x, weight, bias: { shape: [3] } };
    checkGradients(operands, (v) => conv2d(v.x, v.weight, { bias: v.bias, ...options }), { n: 2 });
  });

  test('its gradients have the gradients of finite differences', () => {
    const { shape } = run({ x, weight }, (v) => conv2d(v.x, v.weight, options), { n: 2 });
    const g = { shape: ['n', ...shape.slice(1)] };
    checkGradients({ g, weight }, (v) => conv2dInputGradient(v.g, v.weight, { ...options, height, width }), { n: 2 });
    const kernel = { kernelHeight: 3, kernelWidth: 2 };
    checkGradients({ x, g }, (v) => conv2dWeightGradient(v.x, v.g, { ...options, ...kernel }), { n: 2 });
  });
});

test('height and width may be symbolic', () => {
  const operands = { x: { shape: [1, 2, 'h', 'w'] }, weight: { shape: [2, 2, 3, 3] } };
  checkGradients(operands, (v) => conv2d(v.x, v.weight, { padding: 1 }), { h: 3, w: 4 });
  const graph = new Graph();
  const result = conv2d(graph.input('x', 'f32', ['n', 2, 'h', 'w']), graph.weight('k', [4, 2, 3, 3]), {
    padding: [0, 1, 1, 1],
  });
  expect(result.shape.map(String)).toEqual(['n', '4', 'h + -1', 'w']);
  expect(result.origin).toMatchObject({ attributes: { stride: 1, padding: [0, 1, 1, 1] } });
});

test('refuses what does not fit', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 2, 5, 5]);
  const weight = graph.weight('weight', [4, 2, 3, 3]);
  expectGraphError(() => conv2d(x, graph.weight('c', [4, 3, 3, 3])), 'shape', 'conv2d', '[n, 2, 5, 5]', '[4, 3, 3, 3]');
  expectGraphError(() => conv2d(x, graph.weight('large', [4, 2, 7, 3])), 'shape', 'conv2d', 'larger');
  expectGraphError(() => conv2d(x, weight, { bias: graph.weight('b', [3]) }), 'shape', 'conv2d', '[3]', '[4]');
  expectGraphError(() => conv2d(x, weight, { stride: 0 }), 'attribute', 'conv2d', 'stride 0');
  expectGraphError(() => conv2d(x, weight, { padding: -1 }), 'attribute', 'conv2d', '-1');
  expectGraphError(() => conv2d(x, graph.weight('h', [4, 2, 3, 3], 'f16')), 'dtype', 'conv2d', 'cast');
  expectGraphError(() => conv2d(graph.input('y', 'f32', [2, 5, 5]), weight), 'shape', 'conv2d', 'batch');
  const symbolic = graph.input('z', 'f32', ['n', 2, 'h', 'h']);
  expectGraphError(() => conv2d(symbolic, weight, { stride: 2 }), 'shape', 'divisible by 2');
});
