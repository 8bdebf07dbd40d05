import { describe, expect, test } from 'vitest';
import { Graph, type ReduceOptions, reduceMax, reduceMean, reduceSum, type Value } from '../../src/index.js';
import { checkGradients, numbers, run } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';

const x = { shape: [2, 3, 2], values: [1, 2, 3, 4, 5, 6, 12, 11, 10, 9, 8, 7] };

const operations: readonly {
  readonly name: string;
  readonly apply: (x: Value, options?: ReduceOptions) => Value;
  readonly overAll: number;
  readonly overLast: readonly number[];
  readonly overOuter: readonly number[];
}[] = [
  { name: 'reduceSum', apply: reduceSum, overAll: 78, overLast: [3, 7, 11, 23, 19, 15], overOuter: [26, 26, 26] },
  {
    name: 'reduceMean',
    apply: reduceMean,
    overAll: 6.5,
    overLast: [1.5, 3.5, 5.5, 11.5, 9.5, 7.5],
    overOuter: [6.5, 6.5, 6.5],
  },
  { name: 'reduceMax', apply: reduceMax, overAll: 12, overLast: [2, 4, 6, 12, 10, 8], overOuter: [12, 10, 8] },
];

describe.each(operations)('$name', ({ name, apply, overAll, overLast, overOuter }) => {
  test('reduces all axes, one, or several that are apart', () => {
    expect(numbers({ x }, (v) => apply(v.x))).toEqual([overAll]);
    expect(numbers({ x }, (v) => apply(v.x, { axes: [-1] }))).toEqual(overLast);
    expect(numbers({ x }, (v) => apply(v.x, { axes: [2, 0] }))).toEqual(overOuter);
    expect(numbers({ x }, (v) => apply(v.x, { axes: [] }))).toEqual(x.values);
  });

  test('drops or keeps the axes', () => {
    expect(run({ x }, (v) => apply(v.x)).shape).toEqual([]);
    expect(run({ x }, (v) => apply(v.x, { axes: [1] })).shape).toEqual([2, 2]);
    expect(run({ x }, (v) => apply(v.x, { axes: [1, -1], keepDims: true })).shape).toEqual([2, 1, 1]);
  });

  test('has the gradient of finite differences', () => {
    for (const keepDims of [true, false]) {
      for (const axes of [undefined, [0], [-1], [0, 2], []]) {
        checkGradients({ x: { shape: ['n', 3, 'm'] } }, (v) => apply(v.x, { axes, keepDims }), { n: 2, m: 2 });
      }
    }
    checkGradients({ x: { shape: [] } }, (v) => apply(v.x));
  });

  test('has normalised attributes', () => {
    const graph = new Graph();
    const { origin } = apply(graph.input('x', 'f32', [2, 3, 4]), { axes: [-1, 0] });
    expect(origin).toMatchObject({ kind: 'node', attributes: { axes: [0, 2], keepDims: false } });
  });

  test('refuses integers and axes that are not there or named twice', () => {
    const graph = new Graph();
    const value = graph.input('x', 'f32', [2, 3]);
    expectGraphError(() => apply(value, { axes: [2] }), 'attribute', name, '[2, 3]', 'axis 2');
    expectGraphError(() => apply(value, { axes: [1, -1] }), 'attribute', name, 'twice');
    expectGraphError(() => apply(graph.input('i', 'i32', [2])), 'dtype', name, 'i32[2]');
  });
});

test('reduceMax gives equal maxima equal parts of the gradient', () => {
  // The central difference at a tie of two is one half for each as well.
  checkGradients({ x: { shape: [2, 3], values: [1, 4, 4, 7, 2, 7] } }, (v) => reduceMax(v.x, { axes: [1] }));
});

test('reduceMax of nothing is refused, reduceSum of nothing is 0', () => {
  const empty = new Graph().input('x', 'f32', [0, 2]);
  expectGraphError(() => reduceMax(empty, { axes: [0] }), 'shape', 'reduceMax', '[0, 2]');
  expect(numbers({ x: { shape: [0, 2], values: [] } }, (v) => reduceSum(v.x, { axes: [0] }))).toEqual([0, 0]);
});

test('a long sum is exact to float64', () => {
  const values = new Array<number>(1e6).fill(0.1);
  expect(numbers({ x: { shape: ['n'], values } }, (v) => reduceSum(v.x), { n: 1e6 })[0]).toBeCloseTo(1e5, 5);
});
