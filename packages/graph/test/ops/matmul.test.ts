import { describe, expect, test } from 'vitest';
import { type DimLike, Graph, matmul } from '../../src/index.js';
import { checkGradients, numbers, run } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

test('multiplies', () => {
  const operands = {
    a: { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
    b: { shape: [3, 2], values: [7, 8, 9, 10, 11, 12] },
  };
  expect(numbers(operands, ({ a, b }) => matmul(a, b))).toEqual([58, 64, 139, 154]);
});

describe.each([
  [false, false],
  [true, false],
  [false, true],
  [true, true],
])('transposeA %s, transposeB %s', (transposeA, transposeB) => {
  const matrix = (rows: DimLike, columns: DimLike, swap: boolean): DimLike[] =>
    swap ? [columns, rows] : [rows, columns];

  test('is the sum over the inner dimension', () => {
    // Sizes that are not multiples of the kernel's block of four, so that its remainder runs.
    const [m, n, k] = [3, 5, 7];
    const at = (i: number, j: number): number => Math.sin(i * 3 + j * 7);
    const values = (rows: number, columns: number, swap: boolean, shift: number): number[] =>
      Array.from({ length: rows * columns }, (_, index) =>
        swap
          ? at((index % rows) + shift, Math.floor(index / rows))
          : at(Math.floor(index / columns) + shift, index % columns),
      );
    const operands = {
      a: { shape: matrix(m, k, transposeA), values: values(m, k, transposeA, 0) },
      b: { shape: matrix(k, n, transposeB), values: values(k, n, transposeB, 9) },
    };
    const results = numbers(operands, ({ a, b }) => matmul(a, b, { transposeA, transposeB }));
    results.forEach((result, index) => {
      let sum = 0;
      for (let inner = 0; inner < k; inner++) sum += at(Math.floor(index / n), inner) * at(inner + 9, index % n);
      expect(result).toBeCloseTo(sum, 13);
    });
  });

  test('has the gradients of finite differences, leading dimensions broadcast or not', () => {
    const bindings = { m: 2, k: 3, n: 4, batch: 2 };
    const a = matrix('m', 'k', transposeA);
    const b = matrix('k', 'n', transposeB);
    for (const [left, right] of [
      [[], []],
      [['batch'], ['batch']],
      [['batch'], []],
      [[], [3, 'batch']],
      [[3, 1], ['batch']],
    ] as const) {
      const operands = { a: { shape: [...left, ...a] }, b: { shape: [...right, ...b] } };
      checkGradients(operands, (v) => matmul(v.a, v.b, { transposeA, transposeB }), bindings);
    }
  });
});

test('broadcasts leading dimensions', () => {
  expect(run({ a: { shape: [4, 1, 2, 3] }, b: { shape: [5, 3, 6] } }, ({ a, b }) => matmul(a, b)).shape).toEqual([
    4, 5, 2, 6,
  ]);
});

test('refuses what does not fit', () => {
  const graph = new Graph();
  const a = graph.input('a', 'f32', ['n', 3]);
  expectGraphError(
    () => matmul(a, graph.input('b', 'f32', [4, 2])),
    'shape',
    'matmul',
    'a [n, 3]',
    'b [4, 2]',
    '3 and 4',
  );
  expectGraphError(() => matmul(a, graph.input('c', 'f32', [3])), 'shape', 'matmul', 'two axes');
  expectGraphError(() => matmul(a, graph.input('d', 'f16', [3, 2])), 'dtype', 'matmul', 'cast');
  const i = graph.input('i', 'i32', [2, 2]);
  expectGraphError(() => matmul(i, i), 'dtype', 'matmul');
  const batched = graph.input('e', 'f32', [2, 4, 3]);
  expectGraphError(() => matmul(batched, graph.input('f', 'f32', [3, 3, 4])), 'shape', 'matmul', 'broadcast');
});
