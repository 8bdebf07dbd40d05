import * as graphPackage from '@mokus/graph';
import { type DType, Graph, type Operation } from '@mokus/graph';
import { expect, it } from 'vitest';
import { operationCases } from '../src/testing/backend/operations/index.js';

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'infer' in value && 'evaluate' in value;
}

it('the backend kit has a case for every operation of @mokus/graph', () => {
  const used = new Set<string>();
  for (const { inputs, build } of operationCases) {
    const graph = new Graph();
    const dtypeOf = ({ fill }: (typeof inputs)[string]): DType =>
      fill === undefined || Array.isArray(fill) ? 'f32' : 'below' in fill ? 'i32' : 'bool';
    const values = Object.entries(inputs).map(
      ([name, input]) => [name, graph.input(name, dtypeOf(input), input.shape)] as const,
    );
    build(Object.fromEntries(values), { graph, dtype: 'f32' });
    for (const { origin } of graph.values) if (origin.kind === 'node') used.add(origin.operation.name);
  }
  const all = Object.values(graphPackage).filter(isOperation);
  expect(all.length).toBeGreaterThan(50);
  expect(all.map((each) => each.name).filter((name) => !used.has(name))).toEqual([]);
});
