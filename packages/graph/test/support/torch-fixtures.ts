import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type DType, Graph, gradients, interpret, isFloating, type NDArray, type Value } from '../../src/index.js';
import { array, relativeError } from './arrays.js';

interface FixtureTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface FixtureCase<Options> {
  readonly options: Options;
  readonly operands: Readonly<Record<string, FixtureTensor>>;
  readonly cotangent: FixtureTensor;
  readonly result: FixtureTensor;
  readonly gradients: Readonly<Record<string, FixtureTensor>>;
}

/**
 * torch's float64 results and gradients agree to 9.1e-16 at worst ({@link relativeError}), measured over the 105 tensors
 * of the fixtures, scores in the thousands included.
 */
const torchTolerance = 1e-14;

/**
 * Declares one test for each case that tools/graph-fixtures.py wrote for an operation: the result and the gradient of
 * every floating operand, as torch computes them.
 */
export function testAgainstTorch<Options = Record<string, never>>(
  name: string,
  build: (operands: Readonly<Record<string, Value>>, options: Options) => Value,
): void {
  const file = new URL(`../fixtures/${name}.json`, import.meta.url);
  // The file is made by the tool that is named above, in this form.
  const cases = JSON.parse(readFileSync(file, 'utf8')) as readonly FixtureCase<Options>[];
  cases.forEach(({ options, operands, cotangent, result, gradients: expected }, index) => {
    test(`agrees with torch, case ${index + 1} ${JSON.stringify(options)}`, () => {
      const graph = new Graph();
      const values = Object.fromEntries(
        Object.entries(operands).map(([key, { dtype, shape }]) => [key, graph.input(key, dtype, shape)]),
      );
      const value = build(values, options);
      const seed = graph.input('cotangent', 'f32', cotangent.shape);
      const floating = Object.keys(operands).filter((key) => isFloating(operands[key]!.dtype));
      const found = gradients(
        [{ value, cotangent: seed }],
        floating.map((key) => values[key]!),
      );
      graph.output('result', value);
      found.forEach((gradient, at) => {
        graph.output(floating[at] as string, gradient);
      });
      const tensors = { ...operands, cotangent };
      const inputs = Object.fromEntries(Object.entries(tensors).map(([key, each]) => [key, toArray(each)]));
      const actual = interpret(graph.build(), { inputs });
      expect(relativeError(actual.result!, toArray(result)), 'result').toBeLessThan(torchTolerance);
      for (const key of floating) {
        const error = relativeError(actual[key]!, toArray(expected[key]!));
        expect(error, `gradient of ${key}`).toBeLessThan(torchTolerance);
      }
    });
  });
}

function toArray({ data, shape }: FixtureTensor): NDArray {
  return array(data, shape);
}
