import { describe, expect, test } from 'vitest';
import { Graph, gather, scatterAdd } from '../../src/index.js';
import { checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

const indices = { shape: ['b', 2], dtype: 'i32', values: [2, 0, 2, 1] } as const;

describe('gather', () => {
  test('takes rows', () => {
    const operands = { indices, table: { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] } };
    expect(numbers(operands, (v) => gather(v.table, v.indices), { b: 2 })).toEqual([5, 6, 1, 2, 5, 6, 3, 4]);
    expect(
      numbers({ indices, table: { shape: [3], values: [7, 8, 9] } }, (v) => gather(v.table, v.indices), { b: 2 }),
    ).toEqual([9, 7, 9, 8]);
  });

  test('has the gradient of finite differences, a row taken twice counting twice', () => {
    for (const rest of [[], [3], ['m', 2]]) {
      const operands = { indices, table: { shape: ['n', ...rest] } };
      checkGradients(operands, (v) => gather(v.table, v.indices), { b: 2, n: 3, m: 2 });
    }
  });

  test('refuses indices that are not i32, and those outside the table when it runs', () => {
    const graph = new Graph();
    const table = graph.input('table', 'f32', ['n', 2]);
    expectGraphError(() => gather(table, graph.input('f', 'f32', [2])), 'dtype', 'gather', 'f32[2]', 'i32');
    expectGraphError(() => gather(graph.scalar('f32', 1), graph.input('i', 'i32', [2])), 'shape', 'gather', 'rank 0');
    for (const value of [3, -1]) {
      const operands = { table: { shape: [3, 2] }, at: { shape: [1], dtype: 'i32', values: [value] } } as const;
      expectGraphError(
        () => numbers(operands, (v) => gather(v.table, v.at)),
        'input',
        'gather',
        String(value),
        '[0, 3)',
      );
    }
  });
});

describe('scatterAdd', () => {
  test('sums into the rows that are named', () => {
    const operands = { indices, updates: { shape: ['b', 2, 2], values: [1, 2, 3, 4, 5, 6, 7, 8] } };
    expect(numbers(operands, (v) => scatterAdd(v.updates, v.indices, 4), { b: 2 })).toEqual([3, 4, 7, 8, 6, 8, 0, 0]);
  });

  test('has the gradient of finite differences', () => {
    for (const rest of [[], [3], ['m', 2]]) {
      const operands = { indices, updates: { shape: ['b', 2, ...rest] }, rows: { shape: ['n'] } };
      checkGradients(operands, (v) => scatterAdd(v.updates, v.indices, v.rows.dim(0)), { b: 2, n: 4, m: 2 });
    }
  });

  test('refuses what does not fit', () => {
    const graph = new Graph();
    const i = graph.input('i', 'i32', ['b', 2]);
    const updates = graph.input('updates', 'f32', ['b', 3]);
    expectGraphError(() => scatterAdd(updates, i, 4), 'shape', 'scatterAdd', '[b, 3]', '[b, 2]');
    expectGraphError(() => scatterAdd(updates, updates, 4), 'dtype', 'scatterAdd', 'i32');
    expectGraphError(() => scatterAdd(i, i, 4), 'dtype', 'scatterAdd');
    const operands = { indices, updates: { shape: ['b', 2] } };
    expectGraphError(
      () => numbers(operands, (v) => scatterAdd(v.updates, v.indices, 2), { b: 2 }),
      'input',
      'scatterAdd',
      '2',
      '[0, 2)',
    );
  });
});
