import { describe, expect, it } from 'vitest';
import { add, Graph, GraphError, lessOrEqual, linear, multiply, peakBytes, reshape, where } from '../src/index.js';

const rows = (n: number): Map<string, number> => new Map([['n', n]]);

describe('peakBytes', () => {
  it('frees each value after its last use; inputs and outputs stay', () => {
    const graph = new Graph();
    const x = graph.input('x', 'f32', ['n', 4]);
    const a = add(x, 1);
    const b = multiply(a, 2);
    graph.output('y', multiply(b, 3));
    // x and two of a, b, y at a time: 16 bytes a row each.
    expect(peakBytes(graph.build(), rows(5))).toBe(3 * 5 * 16);
  });

  it('keeps what a later step still needs, as a backward pass does', () => {
    const graph = new Graph();
    const x = graph.input('x', 'f32', ['n', 4]);
    const a = add(x, 1);
    const c = multiply(multiply(a, 2), 3);
    graph.output('y', add(a, c));
    // x, a, the inner product and c.
    expect(peakBytes(graph.build(), rows(1))).toBe(4 * 16);
  });

  it('counts no weights, shares bytes among reshapes, and knows the sizes of types', () => {
    const graph = new Graph();
    const x = graph.input('x', 'f32', ['n', 4]);
    const wide = linear(x, graph.weight('w', [6, 4]));
    const isSmall = lessOrEqual(reshape(wide, ['n', 2, 3]), 0);
    graph.output('y', where(isSmall, 0, graph.scalar('f32', 1)));
    // x and the product (24 bytes a row) with the mask (6); then y (24) in place of the product.
    expect(peakBytes(graph.build(), rows(10))).toBe(10 * (16 + 24 + 6));
  });

  it('says which symbol has no value', () => {
    const graph = new Graph();
    graph.output('y', add(graph.input('x', 'f32', ['n']), 1));
    expect(() => peakBytes(graph.build(), new Map())).toThrow(GraphError);
  });
});
