import { describe, expect, test } from 'vitest';
import { Graph, logSoftmax, type SoftmaxAttributes, softmax } from '../../src/index.js';
import { checkDecomposition, checkGradients, numbers } from '../support/check-operation.js';
import { expectGraphError } from '../support/expect-graph-error.js';
import { testAgainstTorch } from '../support/torch-fixtures.js';

const operations = [
  ['softmax', 'softmax', softmax],
  ['logSoftmax', 'log-softmax', logSoftmax],
] as const;

describe.each(operations)('%s', (name, fixture, apply) => {
  testAgainstTorch<SoftmaxAttributes>(fixture, ({ x }, { axis }) => apply(x!, axis));

  test('has the gradient of finite differences along every axis', () => {
    for (const axis of [0, 1, -1]) {
      checkGradients({ x: { shape: ['n', 3, 'm'], low: -2, high: 2 } }, (v) => apply(v.x, axis), { n: 2, m: 4 });
    }
  });

  test('stays finite for scores whose exponentials overflow', () => {
    const results = numbers({ x: { shape: [3], values: [1e5, 1e5, -1e5] } }, (v) => apply(v.x));
    expect(results[0]).toBeCloseTo(name === 'softmax' ? 0.5 : -Math.LN2, 14);
    expect(results.every(Number.isFinite)).toBe(true);
  });

  test('keeps the type; refuses integers and axes that are not there', () => {
    const graph = new Graph();
    const x = graph.input('x', 'f16', ['n', 3]);
    expect(apply(x).type).toEqual(x.type);
    expect(apply(x).origin).toMatchObject({ attributes: { axis: 1 } });
    expectGraphError(() => apply(x, 2), 'attribute', name, 'axis 2');
    expectGraphError(() => apply(graph.input('i', 'i32', [2])), 'dtype', name);
  });
});

test('logSoftmax equals its decomposition, overflowing scores included', () => {
  checkDecomposition({ x: { shape: ['n', 3, 4], low: -2, high: 2 } }, (v) => logSoftmax(v.x, 1), { n: 2 });
  checkDecomposition({ x: { shape: [2, 4], low: -2000, high: 2000 } }, (v) => logSoftmax(v.x));
});
