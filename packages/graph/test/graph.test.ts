import { describe, expect, test } from 'vitest';
import {
  add,
  Graph,
  GraphError,
  gather,
  interpret,
  linear,
  multiply,
  negate,
  type Operation,
  reduceSum,
  reshape,
} from '../src/index.js';
import { array } from './support/arrays.js';
import { expectGraphError } from './support/expect-graph-error.js';

describe('a graph', () => {
  test('gives one value for one weight, and refuses it in another type', () => {
    const graph = new Graph();
    const weight = graph.weight('w', [2, 3]);
    expect(graph.weight('w', [2, 3])).toBe(weight);
    expectGraphError(() => graph.weight('w', [3, 2]), 'weight', '"w"', '[2, 3]', '[3, 2]');
    expectGraphError(() => graph.weight('w', [2, 3], 'f16'), 'weight', '"w"', 'f16');
  });

  test('refuses two inputs or two outputs of one name, and constants of another size', () => {
    const graph = new Graph();
    const x = graph.input('x', 'f32', [2]);
    graph.output('y', x);
    expectGraphError(() => graph.input('x', 'f32', [2]), 'graph', '"x"');
    expectGraphError(() => graph.output('y', x), 'graph', '"y"');
    expectGraphError(() => graph.output('z', new Graph().scalar('f32', 1)), 'graph', '"z"');
    expectGraphError(() => graph.constant('f32', [2, 2], [1, 2, 3]), 'shape', '[2, 2]', '4', '3');
  });

  test('copies a node of another graph, its type inferred anew where an operand has another', () => {
    const from = new Graph();
    const sum = add(from.input('x', 'f32', ['n', 2]), from.input('y', 'f32', [2]));
    const to = new Graph();
    const y = to.input('y', 'f32', [2]);
    expect(to.copy(sum, [to.input('x', 'f32', ['n', 2]), y])).toMatchObject({ graph: to, shape: sum.shape });
    expect(to.copy(sum, [to.input('wide', 'f32', [5, 4, 2]), y]).shape).toEqual([5, 4, 2]);
    expectGraphError(() => to.copy(sum, [y, to.input('z', 'f32', [3])]), 'shape', '[2]', '[3]');
    expectGraphError(() => to.copy(sum, [y, from.input('z', 'f32', [2])]), 'graph');
  });

  test('a value knows its axes', () => {
    const x = new Graph().input('x', 'f32', ['n', 3]);
    expect([String(x.dim(0)), x.dim(-1), x.rank]).toEqual(['n', 3, 2]);
    expectGraphError(() => x.dim(2), 'shape', '[n, 3]', 'axis 2: give one from 0 to 1, or from the end -1 to -2');
  });
});

describe('a program', () => {
  test('holds what its outputs need, in order, and every declared input', () => {
    const graph = new Graph();
    const x = graph.input('x', 'f32', ['n', 2]);
    graph.input('unused', 'f32', ['m']);
    const weight = graph.weight('w', [3, 2]);
    graph.weight('unread', [100, 100]);
    const y = linear(x, weight);
    negate(y);
    const sum = reduceSum(y);
    graph.output('sum', sum);
    graph.output('y', y);
    const program = graph.build();
    expect(program.values).toEqual([x, weight, y, sum]);
    expect(program.inputs.map(({ name }) => name)).toEqual(['x', 'unused']);
    expect(program.weights).toEqual([{ name: 'w', dtype: 'f32', shape: [3, 2] }]);
    expect(program.outputs.map(({ name, dtype }) => [name, dtype])).toEqual([
      ['sum', 'f32'],
      ['y', 'f32'],
    ]);
  });

  test('is not changed by what is built afterwards', () => {
    const graph = new Graph();
    const x = graph.input('x', 'f32', []);
    graph.output('y', negate(x));
    const program = graph.build();
    graph.output('z', add(x, graph.input('later', 'f32', [])));
    expect(program.outputs).toHaveLength(1);
    expect(interpret(program, { inputs: { x: array([2], []) } })).toEqual({ y: array([-2], []) });
  });

  test('needs an output', () => {
    expectGraphError(() => new Graph().build(), 'graph', 'output');
  });
});

describe('the interpreter', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 2]);
  graph.output('product', multiply(linear(x, graph.weight('w', [2, 2])), graph.constant('f32', [2], [1, 10])));
  graph.output('x', x);
  const program = graph.build();
  const weights = () => array([1, 2, 3, 4], [2, 2]);

  test('runs inputs, weights and constants, for every size of a symbol', () => {
    for (const n of [0, 1, 3]) {
      const inputs = { x: array(new Array<number>(2 * n).fill(1), [n, 2]) };
      const { product, x: same } = interpret(program, { inputs, weights });
      expect(product!.shape).toEqual([n, 2]);
      expect([...product!.data]).toEqual(new Array(n).fill([3, 70]).flat());
      expect(same).toEqual(inputs.x);
    }
  });

  test('asks for each weight once', () => {
    const asked: string[] = [];
    const counting = (name: string) => {
      asked.push(name);
      return weights();
    };
    interpret(program, { inputs: { x: array([1, 2], [1, 2]) }, weights: counting });
    expect(asked).toEqual(['w']);
  });

  test('refuses tensors that are missing or do not fit, by name', () => {
    const inputs = { x: array([1, 2], [1, 2]) };
    expectGraphError(() => interpret(program, { inputs: {}, weights }), 'input', '"x"', 'missing');
    expectGraphError(
      () => interpret(program, { inputs: { x: array([1, 2, 3]) }, weights }),
      'input',
      '"x"',
      '[3]',
      '[n, 2]',
    );
    expectGraphError(
      () => interpret(program, { inputs: { x: array([1], [1, 2]) }, weights }),
      'input',
      '"x"',
      '1 numbers',
      '2',
    );
    expectGraphError(() => interpret(program, { inputs }), 'weight', '"w"');
    expectGraphError(
      () => interpret(program, { inputs, weights: () => array([1, 2]) }),
      'weight',
      '"w"',
      '[2]',
      '[2, 2]',
    );
  });
});

test('a third party operation is a value that is applied', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n']);
  const reverse: Operation<undefined> = {
    name: 'reverse',
    infer: ([type]) => type!,
    evaluate: ([operand]) => operand!.data.toReversed(),
  };
  graph.output('y', graph.apply(reverse, [x], undefined));
  expect([...interpret(graph.build(), { inputs: { x: array([1, 2, 3]) } }).y!.data]).toEqual([3, 2, 1]);
});

test('a GraphError is known by its mark, not by its class alone', () => {
  const graph = new Graph();
  let caught: unknown;
  try {
    gather(graph.input('table', 'f32', [2]), reshape(graph.scalar('f32', 1), [1]));
  } catch (error) {
    caught = error;
  }
  expect(GraphError.isInstance(caught)).toBe(true);
  expect(caught).toMatchObject({ name: 'GraphError', code: 'dtype', operation: 'gather' });
  expect(GraphError.isInstance(new Error('other'))).toBe(false);
  expect(GraphError.isInstance(undefined)).toBe(false);
  // What another copy of this package throws.
  expect(GraphError.isInstance({ [Symbol.for('mokus.graph.error')]: true })).toBe(true);
});
