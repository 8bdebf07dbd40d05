import { expect, test } from 'vitest';
import { add, fill, Graph, iota, multiply, zerosLike } from '../../src/index.js';
import { checkGradients, numbers, run } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

const x = { shape: ['n', 2] };

test('iota counts, fill repeats, zerosLike is of its operand', () => {
  expect(numbers({ x }, (v) => iota(v.x.graph, 'n', 'i32'), { n: 3 })).toEqual([0, 1, 2]);
  expect(numbers({ x }, (v) => fill(v.x.graph, ['n'], 'f32', 2.5), { n: 3 })).toEqual([2.5, 2.5, 2.5]);
  expect(run({ x }, (v) => zerosLike(v.x), { n: 2 })).toEqual({ shape: [2, 2], data: new Float64Array(4) });
});

test('have the type that was asked for', () => {
  const graph = new Graph();
  expect(iota(graph, 4, 'f16').type).toEqual({ dtype: 'f16', shape: [4] });
  expect(fill(graph, [2, 3], 'bool', 1).type).toEqual({ dtype: 'bool', shape: [2, 3] });
  const value = graph.input('x', 'bf16', ['n', 2]);
  expect(zerosLike(value).type).toEqual(value.type);
  expectGraphError(() => iota(graph, 4, 'bool'), 'dtype', 'iota');
});

test('are constants for differentiation', () => {
  checkGradients(
    { x },
    (v) => add(multiply(v.x, iota(v.x.graph, 2, 'f32')), fill(v.x.graph, [v.x.dim(0), 1], 'f32', 3)),
    {
      n: 2,
    },
  );
});
