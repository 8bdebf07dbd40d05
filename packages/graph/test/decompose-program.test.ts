import { expect, it } from 'vitest';
import { decomposeProgram, Graph, interpret, type Program, rmsNorm, silu } from '../src/index.js';
import { array, relativeError } from './support/arrays.js';

function operationsOf({ values }: Program): readonly string[] {
  return values.flatMap(({ origin }) => (origin.kind === 'node' ? [origin.operation.name] : []));
}

function model(): Program {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 4]);
  graph.output('y', silu(rmsNorm(x, graph.constant('f32', [4], [1, 0.5, -2, 1.5]), 1e-6)));
  return graph.build();
}

it('goes down to the operations that are known, and no further', () => {
  const known = new Set(['rmsNorm', 'multiply', 'sigmoid']);
  expect(operationsOf(decomposeProgram(model(), (name) => known.has(name)))).toEqual([
    'rmsNorm',
    'sigmoid',
    'multiply',
  ]);
  const program = model();
  const simple = operationsOf(decomposeProgram(program, () => false));
  expect(simple).not.toContain('rmsNorm');
  expect(simple).not.toContain('silu');
  expect(operationsOf(program)).toContain('rmsNorm');
});

it('computes the same', () => {
  const inputs = { x: array([1, -2, 0.3, 4, 0.1, 0.2, -0.3, 2], [2, 4]) };
  const whole = interpret(model(), { inputs });
  const simple = interpret(
    decomposeProgram(model(), () => false),
    { inputs },
  );
  expect(relativeError(simple.y!, whole.y!)).toBeLessThan(1e-12);
});
