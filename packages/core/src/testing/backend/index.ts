import type { Backend } from '../../backend.js';
import { operationCases } from './operations/index.js';
import { runOperationCase } from './run-operation.js';

/** A named check: resolves when the backend is right, rejects with what is wrong. */
export interface BackendCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

export function backendCases(backend: Backend): BackendCase[] {
  return backend.capabilities().compute.flatMap((dtype) =>
    operationCases.map((each) => ({
      name: `${dtype}: ${each.name}`,
      run: () => runOperationCase(backend, each, dtype),
    })),
  );
}

export function testBackend({
  backend,
  test,
}: {
  readonly backend: Backend;
  readonly test: (name: string, run: () => Promise<void>) => void;
}): void {
  for (const each of backendCases(backend)) test(each.name, each.run);
}
