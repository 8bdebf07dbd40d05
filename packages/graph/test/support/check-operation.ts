import { expect } from 'vitest';
import {
  type DimLike,
  type DType,
  Graph,
  gradients,
  interpret,
  isFloating,
  type NDArray,
  type Program,
  typeText,
  type Value,
} from '../../src/index.js';
import { randomArray, relativeError, uniform } from './arrays.js';

/** An operand of the operation under test: random in [low, high) unless its values are given. */
export interface TestOperand {
  readonly shape: readonly DimLike[];
  /** Default: f32. */
  readonly dtype?: DType;
  /** Default: -1. */
  readonly low?: number;
  /** Default: 1. */
  readonly high?: number;
  readonly values?: readonly number[];
}

export type Operands = Readonly<Record<string, TestOperand>>;
export type Bindings = Readonly<Record<string, number>>;
type Build<O> = (values: { readonly [name in keyof O]: Value }) => Value;

/**
 * Largest disagreement between a gradient and the difference quotient of the interpreter, by {@link relativeError}. The
 * worst measured is 5.1e-11, over the 735 gradients that the tests check.
 */
const gradientTolerance = 1e-9;
/** Between two float64 computations of one thing; the worst measured is 2.6e-16, over 40 decompositions. */
const exactTolerance = 1e-14;
const step = 1e-4;

function concreteShape(shape: readonly DimLike[], bindings: Bindings): number[] {
  return shape.map((each) => (typeof each === 'number' ? each : (bindings[String(each)] as number)));
}

function makeInputs<O extends Operands>(operands: O, bindings: Bindings): Record<string, NDArray> {
  return Object.fromEntries(
    Object.entries(operands).map(([name, { shape, low = -1, high = 1, values }], index) => {
      const concrete = concreteShape(shape, bindings);
      if (values !== undefined) return [name, { shape: concrete, data: Float64Array.from(values) }];
      return [name, randomArray(concrete, uniform(index + 1, low, high))];
    }),
  );
}

function declare<O extends Operands>(graph: Graph, operands: O, shapeOf: (o: TestOperand) => readonly DimLike[]) {
  const entries = Object.entries(operands).map(
    ([name, operand]) => [name, graph.input(name, operand.dtype ?? 'f32', shapeOf(operand))] as const,
  );
  // The keys are those of `operands`.
  return Object.fromEntries(entries) as { [name in keyof O]: Value };
}

/** The result for given numbers. */
export function run<O extends Operands>(operands: O, build: Build<O>, bindings: Bindings = {}): NDArray {
  const graph = new Graph();
  graph.output('result', build(declare(graph, operands, ({ shape }) => shape)));
  return interpret(graph.build(), { inputs: makeInputs(operands, bindings) }).result as NDArray;
}

/** The numbers of {@link run}. */
export function numbers<O extends Operands>(operands: O, build: Build<O>, bindings: Bindings = {}): number[] {
  return [...run(operands, build, bindings).data];
}

/**
 * Checks the gradient of every floating operand, from a random cotangent, against central differences of the
 * interpreter; once with the symbolic shapes as they stand, and once with numbers in their place.
 */
export function checkGradients<O extends Operands>(operands: O, build: Build<O>, bindings: Bindings = {}): void {
  const inputs = makeInputs(operands, bindings);
  checkGradientsOf(operands, build, inputs, ({ shape }) => shape);
  if (Object.keys(bindings).length > 0) {
    checkGradientsOf(operands, build, inputs, ({ shape }) => concreteShape(shape, bindings));
  }
}

function checkGradientsOf<O extends Operands>(
  operands: O,
  build: Build<O>,
  inputs: Record<string, NDArray>,
  shapeOf: (operand: TestOperand) => readonly DimLike[],
): void {
  const graph = new Graph();
  const values = declare(graph, operands, shapeOf);
  const result = build(values);
  const cotangent = graph.input('cotangent', result.dtype, result.shape);
  const names = Object.keys(operands).filter((name) => isFloating(operands[name]?.dtype ?? 'f32'));
  const found = gradients(
    [{ value: result, cotangent }],
    names.map((name) => values[name] as Value),
  );
  graph.output('result', result);
  found.forEach((gradient, index) => {
    expect(typeText(gradient.type)).toBe(typeText((values[names[index] as string] as Value).type));
    graph.output(`d${names[index]}`, gradient);
  });
  const program = graph.build();
  const forward = forwardOf(program);
  const shape = (interpret(forward, { inputs }).result as NDArray).shape;
  const seed = randomArray(shape, uniform(99, -1, 1));
  const actual = interpret(program, { inputs: { ...inputs, cotangent: seed } });
  for (const name of names) {
    const expected = centralDifference(forward, inputs, name, seed);
    expect(relativeError(actual[`d${name}`] as NDArray, expected), `gradient of ${name}`).toBeLessThan(
      gradientTolerance,
    );
  }
}

/** The program without its gradients and their cotangent. */
function forwardOf(program: Program): Program {
  const result = program.outputs.filter(({ name }) => name === 'result');
  const needed = new Set<Value>();
  const visit = (value: Value): void => {
    needed.add(value);
    if (value.origin.kind === 'node') value.origin.inputs.forEach(visit);
  };
  for (const { value } of result) visit(value);
  return {
    ...program,
    inputs: program.inputs.filter(({ name }) => name !== 'cotangent'),
    outputs: result,
    values: program.values.filter((value) => needed.has(value)),
  };
}

/** The five-point formula, whose error is of the fourth order in the step. */
function centralDifference(forward: Program, inputs: Record<string, NDArray>, name: string, seed: NDArray): NDArray {
  const { shape, data } = inputs[name] as NDArray;
  const lossAt = (index: number, offset: number): number => {
    const moved = data.map((each, at) => (at === index ? each + offset : each));
    const { data: result } = interpret(forward, { inputs: { ...inputs, [name]: { shape, data: moved } } }).result!;
    return result.reduce((sum, each, at) => sum + each * (seed.data[at] as number), 0);
  };
  const difference = (index: number, by: number): number => lossAt(index, by) - lossAt(index, -by);
  return { shape, data: data.map((_, at) => (8 * difference(at, step) - difference(at, 2 * step)) / (12 * step)) };
}

/** Checks that a composite operation's decomposition has its type and its numbers. */
export function checkDecomposition<O extends Operands>(operands: O, build: Build<O>, bindings: Bindings = {}): void {
  const graph = new Graph();
  const result = build(declare(graph, operands, ({ shape }) => shape));
  const { origin } = result;
  if (origin.kind !== 'node' || origin.operation.decompose === undefined) throw new Error('no decomposition to check');
  const decomposed = origin.operation.decompose(origin.inputs, origin.attributes);
  expect(typeText(decomposed.type)).toBe(typeText(result.type));
  graph.output('result', result);
  graph.output('decomposed', decomposed);
  const outputs = interpret(graph.build(), { inputs: makeInputs(operands, bindings) });
  expect(relativeError(outputs.decomposed as NDArray, outputs.result as NDArray)).toBeLessThan(exactTolerance);
}
