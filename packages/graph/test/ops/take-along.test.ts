import { expect, test } from 'vitest';
import { Graph, takeAlong } from '../../src/index.js';
import { checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

const indices = { shape: ['b', 2], dtype: 'i32', values: [1, 0, 2, 2] } as const;

test('takes one element of the last axis for each index', () => {
  const operands = { indices, x: { shape: ['b', 2, 3], values: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] } };
  expect(numbers(operands, (v) => takeAlong(v.x, v.indices), { b: 2 })).toEqual([1, 3, 8, 11]);
});

test('has the gradient of finite differences, the last axis symbolic or not', () => {
  checkGradients({ indices, x: { shape: ['b', 2, 3] } }, (v) => takeAlong(v.x, v.indices), { b: 2 });
  checkGradients({ indices, x: { shape: ['b', 2, 'n'] } }, (v) => takeAlong(v.x, v.indices), { b: 2, n: 4 });
  checkGradients({ at: { shape: [], dtype: 'i32', values: [1] }, x: { shape: [3] } }, (v) => takeAlong(v.x, v.at));
});

test('refuses what does not fit', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['b', 2, 3]);
  expectGraphError(() => takeAlong(x, graph.input('i', 'i32', ['b', 3])), 'shape', 'takeAlong', '[b, 2, 3]', '[b, 3]');
  expectGraphError(() => takeAlong(x, graph.input('f', 'f32', ['b', 2])), 'dtype', 'takeAlong', 'i32');
  const operands = { indices, x: { shape: ['b', 2, 2] } };
  expectGraphError(
    () => numbers(operands, (v) => takeAlong(v.x, v.indices), { b: 2 }),
    'input',
    'takeAlong',
    'index 2',
    '[0, 2)',
  );
});
