import { describe, expect, test } from 'vitest';
import {
  add,
  attention,
  concat,
  crossEntropy,
  exp,
  Graph,
  gelu,
  gradients,
  interpret,
  lessOrEqual,
  linear,
  matmul,
  mse,
  multiply,
  type Operation,
  reduceSum,
  relu,
  reshape,
  rewriteProgram,
  rmsNorm,
  silu,
  sin,
  slice,
  square,
  type Value,
} from '../src/index.js';
import { array } from './support/arrays.js';
import { checkGradients } from './support/check-operation.js';
import { expectGraphError } from './support/expect-graph-error.js';

/** A graph of one scalar x = 3, and the numbers of given values in it. */
function scalarGraph(): { graph: Graph; x: Value; one: Value; numbersOf: (values: readonly Value[]) => number[] } {
  const graph = new Graph();
  const x = graph.input('x', 'f32', []);
  const one = graph.scalar('f32', 1);
  const numbersOf = (values: readonly Value[]): number[] => {
    values.forEach((value, index) => {
      graph.output(`v${index}`, value);
    });
    const outputs = interpret(graph.build(), { inputs: { x: array([3], []) } });
    return values.map((_, index) => outputs[`v${index}`]!.data[0] as number);
  };
  return { graph, x, one, numbersOf };
}

test('what differentiation makes says so, in copies of the program too', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', [2, 3]);
  const y = gelu(rmsNorm(x, graph.weight('w', [3]), 1e-6), { approximate: 'tanh' });
  graph.output('y', y);
  graph.output('gradient', gradients([{ value: y, cotangent: graph.input('cotangent', 'f32', [2, 3]) }], [x])[0]!);
  graph.output('after', exp(y));
  const program = graph.build();
  const copied = rewriteProgram(program, {
    // Other nodes than there were.
    node: (value, operands, into) => add(into.copy(value, operands), 0),
  });
  for (const { outputs } of [program, copied]) {
    const found = outputs.map(({ name, value: { origin } }) => [name, origin.kind === 'node' && origin.isDerivative]);
    expect(Object.fromEntries(found)).toEqual({ y: false, gradient: true, after: false });
  }
});

describe('with respect to', () => {
  test('an input, an inner value and a weight at once', () => {
    const graph = new Graph();
    const x = graph.input('x', 'f32', [2]);
    const weight = graph.weight('w', [1, 2]);
    const hidden = linear(x, weight);
    const loss = square(hidden);
    const cotangent = graph.constant('f32', [1], [1]);
    const found = gradients([{ value: loss, cotangent }], [x, hidden, weight]);
    ['x', 'hidden', 'weight'].forEach((name, index) => {
      graph.output(name, found[index]!);
    });
    const outputs = interpret(graph.build(), { inputs: { x: array([1, 2]) }, weights: () => array([3, 4], [1, 2]) });
    // hidden = 11, so dL/dhidden = 22.
    expect([...outputs.hidden!.data]).toEqual([22]);
    expect([...outputs.x!.data]).toEqual([66, 88]);
    expect([...outputs.weight!.data]).toEqual([22, 44]);
  });

  test('values of which one depends on another: each has its total derivative', () => {
    const { x, one, numbersOf } = scalarGraph();
    const y = square(x);
    const loss = multiply(x, y);
    const found = gradients([{ value: loss, cotangent: one }], [y, x, loss]);
    expect(numbersOf(found)).toEqual([3, 27, 1]);
  });

  test('what no seed depends on: zeros', () => {
    const { graph, x, one, numbersOf } = scalarGraph();
    const loss = square(x);
    const later = exp(loss);
    const beside = graph.weight('beside', [2, 3], 'f16');
    const [ofLater, ofBeside, ofX] = gradients([{ value: loss, cotangent: one }], [later, beside, x]);
    expect(ofBeside!.type).toEqual(beside.type);
    expect(numbersOf([ofLater!, ofX!])).toEqual([0, 6]);
  });

  test('the same value twice', () => {
    const { x, one, numbersOf } = scalarGraph();
    expect(numbersOf(gradients([{ value: square(x), cotangent: one }], [x, x]))).toEqual([6, 6]);
  });

  test('nothing', () => {
    const { x, one } = scalarGraph();
    expect(gradients([{ value: x, cotangent: one }], [])).toEqual([]);
  });
});

describe('seeds', () => {
  test('add up, one below another included', () => {
    const { graph, x, numbersOf } = scalarGraph();
    const inner = square(x);
    const outer = multiply(inner, 10);
    const seeds = [
      { value: inner, cotangent: graph.scalar('f32', 1) },
      { value: outer, cotangent: graph.scalar('f32', 2) },
      { value: inner, cotangent: graph.scalar('f32', 3) },
    ];
    // dL/dinner = 1 + 3 + 2 * 10.
    expect(numbersOf(gradients(seeds, [inner, x]))).toEqual([24, 144]);
  });

  test('may be what is asked for, or lie below it', () => {
    const { graph, x, one, numbersOf } = scalarGraph();
    const y = square(x);
    const five = graph.scalar('f32', 5);
    expect(
      numbersOf(
        gradients(
          [
            { value: x, cotangent: five },
            { value: y, cotangent: one },
          ],
          [x, y],
        ),
      ),
    ).toEqual([11, 1]);
  });

  test('a cotangent may be computed from anything', () => {
    const { x, numbersOf } = scalarGraph();
    const y = square(x);
    expect(numbersOf(gradients([{ value: y, cotangent: y }], [x]))).toEqual([54]);
  });

  test('must be there, alike, floating and of this graph', () => {
    const graph = new Graph();
    const x = graph.input('x', 'f32', ['n']);
    const i = graph.input('i', 'i32', ['n']);
    expectGraphError(() => gradients([], [x]), 'graph', 'seed');
    const wrong = graph.input('c', 'f32', ['m']);
    expectGraphError(() => gradients([{ value: x, cotangent: wrong }], [x]), 'shape', 'f32[n]', 'f32[m]');
    expectGraphError(() => gradients([{ value: x, cotangent: x }], [i]), 'dtype', 'i32[n]');
    expectGraphError(() => gradients([{ value: i, cotangent: i }], [x]), 'dtype', 'i32[n]');
    const elsewhere = new Graph().input('x', 'f32', ['n']);
    expectGraphError(() => gradients([{ value: x, cotangent: x }], [elsewhere]), 'graph', 'another graph');
  });
});

describe('what is built', () => {
  test('stops at the lowest value that was asked for', () => {
    const graph = new Graph();
    const x = graph.input('x', 'f32', ['n', 4]);
    const first = silu(linear(x, graph.weight('a', [4, 4])));
    const second = silu(linear(first, graph.weight('b', [4, 4])));
    const top = silu(linear(second, graph.weight('c', [4, 4])));
    const seed = { value: top, cotangent: graph.input('cotangent', 'f32', ['n', 4]) };
    const [gradient] = gradients([seed], [second]);
    graph.output('gradient', gradient!);
    // Forward through all three layers, back through the last alone.
    const operations = graph
      .build()
      .values.flatMap(({ origin }) => (origin.kind === 'node' ? [origin.operation.name] : []));
    expect(operations.filter((name) => name === 'linear')).toHaveLength(3);
    expect(operations.filter((name) => name === 'matmul')).toHaveLength(1);
  });

  test('an operand of a composite is not followed twice', () => {
    const { graph, x } = scalarGraph();
    const before = graph.values.length;
    const deep = Array.from({ length: 50 }).reduce<Value>((value) => gelu(value, { approximate: 'tanh' }), x);
    const forward = graph.values.length - before;
    gradients([{ value: deep, cotangent: graph.scalar('f32', 1) }], [x]);
    // gelu's decomposition and its gradient are some 40 values; a quadratic walk would make thousands a node.
    expect(graph.values.length - before).toBeLessThan(forward * 60);
  });
});

test('an operation without a derivative is refused by name, but only on the way', () => {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n']);
  const round: Operation<undefined> = {
    name: 'round',
    infer: ([type]) => type!,
    evaluate: ([operand]) => operand!.data.map(Math.round),
  };
  const rounded = graph.apply(round, [x], undefined);
  const loss = multiply(rounded, x);
  expectGraphError(() => gradients([{ value: loss, cotangent: x }], [x]), 'unsupported', 'round', 'derivative');
  expect(gradients([{ value: loss, cotangent: x }], [rounded])).toHaveLength(1);
  expect(lessOrEqual(x, rounded).dtype).toBe('bool');
});

test('an operation that has a decomposition only is differentiated through it, its operands taken as given', () => {
  const sumOfSquares: Operation<undefined> = {
    name: 'sumOfSquares',
    infer: ([type]) => type!,
    evaluate: ([a, b]) => a!.data.map((each, index) => each ** 2 + b!.data[index]! ** 2),
    decompose: ([a, b]) => add(square(a!), square(b!)),
  };
  const apply = (a: Value, b: Value): Value => a.graph.apply(sumOfSquares, [a, b], undefined);
  checkGradients({ x: { shape: ['n'] } }, ({ x }) => apply(x, sin(x)), { n: 3 });
  checkGradients({ x: { shape: ['n'] } }, ({ x }) => apply(sin(x), x), { n: 3 });
  checkGradients({ x: { shape: ['n'] } }, ({ x }) => apply(x, x), { n: 3 });
});

test('gradients are differentiable again', () => {
  const { x, one, numbersOf } = scalarGraph();
  const cube = multiply(x, square(x));
  const [first] = gradients([{ value: cube, cotangent: one }], [x]);
  const [second] = gradients([{ value: first!, cotangent: one }], [x]);
  const [third] = gradients([{ value: second!, cotangent: one }], [x]);
  expect(numbersOf([first!, second!, third!])).toEqual([27, 18, 6]);
});

test('a whole decoder block has the gradients of finite differences', () => {
  const operands = {
    x: { shape: ['b', 's', 4] },
    norm: { shape: [4], low: 0.5, high: 1.5 },
    qkv: { shape: [8, 4] },
    out: { shape: [4, 4] },
    up: { shape: [6, 4] },
    down: { shape: [4, 6] },
    head: { shape: [5, 4] },
    mask: { shape: ['b', 's'], dtype: 'bool', values: [1, 1, 1, 1, 1, 0] },
    labels: { shape: ['b', 's'], dtype: 'i32', values: [0, 4, 2, 2, 1, 3] },
  } as const;
  checkGradients(
    operands,
    ({ x, norm, qkv, out, up, down, head, mask, labels }) => {
      const { graph } = x;
      const [b, s] = [x.dim(0), x.dim(1)];
      const normed = rmsNorm(x, norm, 1e-6);
      const heads = reshape(linear(normed, qkv), [b, s, 4, 2]);
      const pick = (from: number, to: number): Value => slice(heads, 2, from, to);
      const mixed = attention(pick(0, 2), pick(2, 3), pick(3, 4), { causal: true, keyMask: mask });
      const attended = add(x, linear(reshape(mixed, [b, s, 4]), out));
      const result = add(attended, linear(silu(linear(rmsNorm(attended, norm, 1e-6), up)), down));
      const loss = crossEntropy(linear(reshape(result, [-1, 4]), head), reshape(labels, [-1]));
      return add(loss, mse(result, multiply(x, graph.scalar('f32', 0.5))));
    },
    { b: 2, s: 3 },
  );
});

test('branches that join again add up', () => {
  const operands = { x: { shape: ['n', 3], low: 0.5, high: 1.5 }, w: { shape: [3, 3] } };
  checkGradients(
    operands,
    ({ x, w }) => {
      const left = relu(x);
      const right = matmul(left, w);
      return reduceSum(multiply(concat([left, right], 0), concat([right, left], 0)), { axes: [1] });
    },
    { n: 2 },
  );
});
