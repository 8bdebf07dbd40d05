import { describe, expect, test } from 'vitest';
import { Graph, type RotaryEmbeddingAttributes, type RotaryLayout, rotaryEmbedding } from '../../src/index.js';
import { checkDecomposition, checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';
import { testAgainstTorch } from '../support/torch-fixtures.js';

testAgainstTorch<RotaryEmbeddingAttributes>('rotary-embedding', ({ x, cos, sin }, { layout }) =>
  rotaryEmbedding(x!, cos!, sin!, layout),
);

test('a quarter turn takes (a, b) to (-b, a) in its layout', () => {
  const operands = {
    x: { shape: [1, 1, 1, 4], values: [1, 2, 3, 4] },
    cos: { shape: [1, 2], values: [0, 0] },
    sin: { shape: [1, 2], values: [1, 1] },
  };
  expect(numbers(operands, ({ x, cos, sin }) => rotaryEmbedding(x, cos, sin, 'halves'))).toEqual([-3, -4, 1, 2]);
  expect(numbers(operands, ({ x, cos, sin }) => rotaryEmbedding(x, cos, sin, 'pairs'))).toEqual([-2, 1, -4, 3]);
});

describe.each(['halves', 'pairs'] as const)('%s', (layout) => {
  test.each([[['s']], [['b', 's']]])('angles [%s, D/2]: gradients, and decomposition', (leading) => {
    const angles = { shape: [...leading, 3] };
    const operands = { x: { shape: ['b', 's', 2, 6] }, cos: angles, sin: angles };
    checkGradients(operands, ({ x, cos, sin }) => rotaryEmbedding(x, cos, sin, layout), { b: 2, s: 2 });
    checkDecomposition(operands, ({ x, cos, sin }) => rotaryEmbedding(x, cos, sin, layout), { b: 2, s: 3 });
  });
});

test('refuses what does not fit', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['b', 's', 2, 6]);
  const angles = graph.input('angles', 'f32', ['s', 3]);
  const wrong = graph.input('wrong', 'f32', ['t', 3]);
  expectGraphError(() => rotaryEmbedding(x, angles, wrong, 'pairs'), 'shape', 'rotaryEmbedding', '[t, 3]', '[b, s, 3]');
  expectGraphError(
    () => rotaryEmbedding(graph.input('odd', 'f32', ['b', 's', 2, 5]), angles, angles, 'pairs'),
    'shape',
    'even',
  );
  expectGraphError(() => rotaryEmbedding(angles, angles, angles, 'pairs'), 'shape', 'rotaryEmbedding', 'heads');
  const half = graph.input('half', 'f16', ['b', 's', 2, 6]);
  expectGraphError(() => rotaryEmbedding(half, angles, angles, 'pairs'), 'dtype', 'cast');
  // What a configuration file may hold.
  const layout = 'interleaved' as RotaryLayout;
  expectGraphError(() => rotaryEmbedding(x, angles, angles, layout), 'attribute', 'interleaved');
});
