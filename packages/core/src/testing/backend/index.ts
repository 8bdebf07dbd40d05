import type { DType } from '@mokus/graph';
import type { Backend } from '../../backend.js';
import type { BackendCase } from './backend-case.js';
import { tolerancesIn } from './compare.js';
import { contractCases } from './contract-cases.js';
import { operationCases } from './operations/index.js';
import { runOperationCase } from './run-operation.js';
import { type PlaceBytes, weightCases } from './weight-cases.js';

export type { BackendCase } from './backend-case.js';
export { tolerances } from './compare.js';
export type { PlaceBytes } from './weight-cases.js';

export interface BackendCaseOptions {
  /** Other places than memory that weights are read from, by name: `{ 'a file': writeToFile }`. */
  readonly places?: Readonly<Record<string, PlaceBytes>> | undefined;
  /**
   * Larger errors, by operation case (`sin`), for operations of which the device's own specification promises less than
   * {@link tolerances}: a share of the largest magnitude.
   */
  readonly tolerances?: Readonly<Record<string, number>> | undefined;
  /** What the backend computes programs in f32 in: they are held to the tolerance of that type. Default: f32. */
  readonly precision?: DType | undefined;
}

/**
 * What a backend must do, as named checks: forward and gradient of every operation in each dtype that it claims against
 * the float64 interpreter, at two sizes of each symbol; weights in each storage type; errors, cancellation, concurrency.
 */
export function backendCases(backend: Backend, options: BackendCaseOptions = {}): BackendCase[] {
  const { places = {}, precision = 'f32' } = options;
  const tolerances = tolerancesIn(precision);
  return [
    ...backend.capabilities().compute.flatMap((dtype) =>
      operationCases.map((each) => ({
        name: `${dtype}: ${each.name}`,
        run: () => runOperationCase(backend, each, dtype, options.tolerances?.[each.name] ?? tolerances),
      })),
    ),
    ...weightCases(backend, places, tolerances),
    ...contractCases(backend, precision),
  ];
}

export interface TestBackendOptions extends BackendCaseOptions {
  readonly backend: Backend;
  /** The test runner's function: vitest's or node:test's `test`. */
  readonly test: (name: string, run: () => Promise<void>) => void;
}

/** Registers {@link backendCases} with a test runner. */
export function testBackend({ backend, test, ...options }: TestBackendOptions): void {
  for (const each of backendCases(backend, options)) test(each.name, each.run);
}
