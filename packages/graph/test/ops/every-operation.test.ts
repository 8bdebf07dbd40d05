/** No operation is without its derivative or without its test. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Operation } from '../../src/index.js';
import * as graphPackage from '../../src/index.js';

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'infer' in value && 'evaluate' in value;
}

/** Their results are bools: there is no slope. */
const bools = ['equal', 'greater', 'greaterOrEqual', 'less', 'lessOrEqual', 'logicalAnd', 'logicalNot', 'logicalOr'];

test('every operation on floats can be differentiated', () => {
  const operations = Object.values(graphPackage).filter(isOperation);
  expect(operations.length).toBeGreaterThan(50);
  const without = operations.filter(({ vjp, decompose }) => vjp === undefined && decompose === undefined);
  expect(without.map(({ name }) => name).sort()).toEqual(bools);
});

test('every file of operations has its tests', () => {
  const sources = readdirSync(new URL('../../src/ops/', import.meta.url)).filter(
    (file) => file.endsWith('.ts') && file !== 'index.ts',
  );
  const tests = new Set(readdirSync(new URL('./', import.meta.url)).map((file) => file.replace('.test.ts', '.ts')));
  // The gradients of conv2d are tested with it.
  expect(sources.filter((file) => !tests.has(file))).toEqual(['conv2d-gradients.ts']);
});
