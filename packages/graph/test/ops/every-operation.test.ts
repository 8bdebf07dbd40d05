/** No operation is without its derivative, its test or its row in the README. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Operation } from '../../src/index.js';
import * as graphPackage from '../../src/index.js';

function isOperation(value: unknown): value is Operation {
  return typeof value === 'object' && value !== null && 'infer' in value && 'evaluate' in value;
}

const operations = Object.values(graphPackage).filter(isOperation);
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** Their results are bools: there is no slope. */
const bools = ['equal', 'greater', 'greaterOrEqual', 'less', 'lessOrEqual', 'logicalAnd', 'logicalNot', 'logicalOr'];

test('every operation on floats can be differentiated', () => {
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

test('every operation has its row in the README, and what has a row is there', () => {
  const cells = [...readme.matchAll(/^\| (`.*?`) +\|/gm)].map(([, functions]) => functions as string);
  const rows = cells.flatMap((cell) =>
    [...cell.matchAll(/`([^`(]+)\(/g)].flatMap(([, names]) => names!.trim().split(' ')),
  );
  const without = operations.map(({ name }) => name).filter((name) => !rows.includes(name));
  // Made by the derivative of conv2d alone.
  expect(without.sort()).toEqual(['conv2dInputGradient', 'conv2dWeightGradient']);
  expect(rows.filter((name) => typeof (graphPackage as Record<string, unknown>)[name] !== 'function')).toEqual([]);
});

test('the README names those that have a decomposition', () => {
  const [, names] = /^Composite operations [^:]*:([^.]*)\./m.exec(readme) ?? [];
  const composite = operations.filter(({ decompose }) => decompose !== undefined).map(({ name }) => name);
  expect([...(names ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name).sort()).toEqual(composite.sort());
});
