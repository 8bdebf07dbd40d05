import { describe, expect, test } from 'vitest';
import { attention, Graph } from '../../src/index.js';
import { checkDecomposition, checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';
import { testAgainstTorch } from '../support/torch-fixtures.js';

testAgainstTorch<{ causal: boolean }>('attention', ({ q, k, v, keyMask }, { causal }) =>
  attention(q!, k!, v!, { causal, keyMask }),
);

const bindings = { b: 2, s: 3, t: 4 };
const keyMask = { shape: ['b', 't'], dtype: 'bool', values: [1, 1, 0, 1, 1, 0, 0, 0] } as const;

describe.each([
  { heads: 2, keyHeads: 2 },
  { heads: 4, keyHeads: 2 },
  { heads: 3, keyHeads: 1 },
])('$heads heads on $keyHeads', ({ heads, keyHeads }) => {
  const keys = { shape: ['b', 't', keyHeads, 4], low: -2, high: 2 };
  const operands = { q: { shape: ['b', 's', heads, 4], low: -2, high: 2 }, k: keys, v: keys, keyMask };

  test.each([
    { causal: false, masked: false },
    { causal: true, masked: false },
    { causal: false, masked: true },
    { causal: true, masked: true },
  ])('causal $causal, masked $masked: gradients, and decomposition', ({ causal, masked }) => {
    type Build = Parameters<typeof checkGradients<typeof operands>>[1];
    const build: Build = ({ q, k, v, keyMask: mask }) =>
      attention(q, k, v, { causal, keyMask: masked ? mask : undefined });
    checkGradients(operands, build, bindings);
    checkDecomposition(operands, build, bindings);
  });
});

test('takes a scale', () => {
  const keys = { shape: [1, 2, 1, 1] };
  const operands = {
    q: { shape: [1, 1, 1, 1], values: [2] },
    k: { ...keys, values: [0, 1] },
    v: { ...keys, values: [0, 1] },
  };
  const [result] = numbers(operands, ({ q, k, v }) => attention(q, k, v, { scale: 3 }));
  expect(result).toBeCloseTo(1 / (1 + Math.exp(-6)), 14);
});

test('a row that may attend to no key gives the mean of the values, with its gradient', () => {
  const keys = { shape: [1, 2, 1, 2] };
  const operands = {
    q: { shape: [1, 2, 1, 2], low: -3, high: 3 },
    k: keys,
    v: { ...keys, values: [1, 2, 5, 8] },
    none: { shape: [1, 2], dtype: 'bool', values: [0, 0] },
    // With causal, row 0 has nothing to attend to and row 1 has key 1.
    second: { shape: [1, 2], dtype: 'bool', values: [0, 1] },
  } as const;
  expect(numbers(operands, (v) => attention(v.q, v.k, v.v, { keyMask: v.none }))).toEqual([3, 5, 3, 5]);
  expect(numbers(operands, (v) => attention(v.q, v.k, v.v, { keyMask: v.second, causal: true }))).toEqual([3, 5, 5, 8]);
  for (const dtype of ['f32', 'f16', 'bf16'] as const) {
    const typed = { ...operands, q: { ...operands.q, dtype }, k: { ...keys, dtype }, v: { ...keys, dtype } };
    checkDecomposition(typed, (v) => attention(v.q, v.k, v.v, { keyMask: v.second, causal: true }));
  }
  checkGradients(operands, (v) => attention(v.q, v.k, v.v, { keyMask: v.none }));
});

test('every dimension but heads and head size may be symbolic; q, k and v may be one value', () => {
  checkGradients(
    { x: { shape: ['b', 's', 2, 2], low: -2, high: 2 } },
    ({ x }) => attention(x, x, x, { causal: true }),
    { b: 2, s: 3 },
  );
});

test('refuses what does not fit', () => {
  const graph = new Graph();
  const q = graph.input('q', 'f32', ['b', 's', 4, 8]);
  const k = graph.input('k', 'f32', ['b', 't', 2, 8]);
  const kOf = (shape: readonly (string | number)[]) => graph.input(shape.join(), 'f32', shape);
  expectGraphError(() => attention(q, k, kOf(['b', 'u', 2, 8])), 'shape', 'attention', '[b, u, 2, 8]');
  const three = kOf(['b', 't', 3, 8]);
  expectGraphError(() => attention(q, three, three), 'shape', 'attention', 'multiple');
  const narrow = kOf(['b', 't', 2, 4]);
  expectGraphError(() => attention(q, narrow, narrow), 'shape', 'attention', 'head size');
  expectGraphError(
    () => attention(q, k, k, { keyMask: graph.input('m', 'bool', ['b', 's']) }),
    'shape',
    'keyMask',
    'bool[b, t]',
  );
  expectGraphError(
    () => attention(q, k, k, { keyMask: graph.input('n', 'i32', ['b', 't']) }),
    'shape',
    'keyMask',
    'i32[b, t]',
  );
  expectGraphError(() => attention(graph.input('h', 'f16', ['b', 's', 4, 8]), k, k), 'dtype', 'attention', 'cast');
  expectGraphError(() => attention(kOf(['b', 's', 4, 'd']), k, k), 'shape', 'attention', 'must be a number');
});
