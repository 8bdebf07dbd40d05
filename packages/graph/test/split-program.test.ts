import { describe, expect, test } from 'vitest';
import {
  add,
  Graph,
  gradients,
  interpret,
  isKept,
  less,
  linear,
  multiply,
  type NDArray,
  negate,
  type Program,
  reduceSum,
  reshape,
  shareExpressions,
  silu,
  softmax,
  splitProgram,
  type Value,
  where,
} from '../src/index.js';
import { array } from './support/arrays.js';
import { expectGraphError } from './support/expect-graph-error.js';

/** y = silu(x w^T) u^T and dL/dx, dL/dw of a cotangent of y. */
function program(): Program {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 3]);
  const w = graph.weight('w', [4, 3]);
  const inner = silu(linear(x, softmax(w, -1)));
  const y = linear(reshape(inner, ['n', 2, 2]), graph.weight('u', [2, 2]));
  graph.output('y', y);
  graph.output('sum', reduceSum(x, { axes: [0] }));
  const [ofX, ofW] = gradients([{ value: y, cotangent: graph.input('dy', 'f32', ['n', 2, 2]) }], [x, w]);
  graph.output('dx', ofX as Value);
  graph.output('dw', ofW as Value);
  return graph.build();
}

const weights = (name: string): NDArray =>
  name === 'w'
    ? array([0.3, -0.2, 0.5, 0.1, 0.7, -0.4, 0.2, 0.9, -0.6, 0.8, -0.1, 0.4], [4, 3])
    : array([0.5, -0.3, 0.2, 0.7], [2, 2]);
const given = array([0.4, -1.2, 0.6, 1.5, 0.2, -0.7], [2, 3]);
const dy = array([1, -2, 0.5, 0.3, -0.8, 1.1, 0.9, -0.4], [2, 2, 2]);

describe('a split program', () => {
  test('computes in two halves what it computes at once', () => {
    const { before, after } = splitProgram(program(), ['dy']);
    const whole = interpret(program(), { inputs: { x: given, dy }, weights });
    const first = interpret(before, { inputs: { x: given }, weights });
    const kept = Object.fromEntries(Object.entries(first).filter(([name]) => isKept(name)));
    const second = interpret(after, { inputs: { x: given, dy, ...kept }, weights });
    expect(Object.keys(first).filter((name) => !isKept(name))).toEqual(['y', 'sum']);
    expect({ y: first.y, sum: first.sum, ...second }).toEqual(whole);
  });

  test('keeps what the first half computes of inputs, and neither weights nor what is only arranged anew', () => {
    const { before, after } = splitProgram(program(), ['dy']);
    const kept = before.outputs.filter(({ name }) => isKept(name));
    // x w^T, its sigmoid's and its silu's own value as far as the derivative reads them: all [n, 4].
    expect(kept.length).toBeGreaterThan(0);
    for (const { name, shape } of kept) expect([name, shape.map(String)]).toEqual([name, ['n', '4']]);
    const names = after.inputs.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['x', 'dy', ...kept.map(({ name }) => name)]));
    expect(names).toHaveLength(2 + kept.length);
    expect(before.inputs.map(({ name }) => name)).toEqual(['x']);
    const done = new Set(
      before.values.flatMap(({ origin }) => (origin.kind === 'node' ? [origin.operation.name] : [])),
    );
    expect(done.has('silu') || done.has('sigmoid')).toBe(true);
    expect(before.weights.map(({ name }) => name).sort()).toEqual(['u', 'w']);
  });

  test('refuses inputs that it does not have, and halves without outputs', () => {
    expectGraphError(() => splitProgram(program(), ['dz']), 'graph', '"dz"');
    expectGraphError(() => splitProgram(program(), []), 'graph', 'nothing to split');
    expectGraphError(() => splitProgram(program(), ['x']), 'graph', 'x', 'nothing to split');
  });
});

test('what is true or false does not cross from one half to the other', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 3]);
  const scaled = multiply(x, graph.weight('s', [3]));
  const y = where(less(scaled, graph.scalar('f32', 0)), negate(scaled), scaled);
  graph.output('y', y);
  const [ofX] = gradients([{ value: y, cotangent: graph.input('dy', 'f32', ['n', 3]) }], [x]);
  graph.output('dx', ofX as Value);
  const { before, after } = splitProgram(graph.build(), ['dy']);
  expect(before.outputs.filter(({ dtype }) => dtype === 'bool')).toEqual([]);
  expect(after.inputs.filter(({ dtype }) => dtype === 'bool')).toEqual([]);
  expect(after.inputs.some(({ name }) => isKept(name))).toBe(true);
});

test('equal expressions are one, whatever graph they are written in', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 3]);
  const y = graph.input('y', 'f32', ['n', 3]);
  graph.output('twice', add(silu(x), silu(x)));
  graph.output('others', add(silu(y), reshape(silu(x), ['n', 3])));
  graph.output('sums', add(reduceSum(x, { axes: [0] }), reduceSum(x, { axes: [1], keepDims: true })));
  const shared = shareExpressions(graph.build());
  const operations = shared.values.flatMap(({ origin }) => (origin.kind === 'node' ? [origin.operation.name] : []));
  expect(operations.filter((name) => name === 'silu')).toHaveLength(2);
  expect(operations.filter((name) => name === 'reduceSum')).toHaveLength(2);
  const other = array([-0.4, 0.8, 0.1, 0.9, -1, 0.2], [2, 3]);
  const inputs = { x: given, y: other };
  expect(interpret(shared, { inputs })).toEqual(interpret(graph.build(), { inputs }));
});
