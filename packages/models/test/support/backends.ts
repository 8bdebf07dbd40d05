import { cpuBackend } from '@mokus/backend-cpu';
import { type Backend, referenceBackend } from '@mokus/core';

/** Every backend that the parity tests run on. */
export const backends: readonly (readonly [name: string, backend: Backend])[] = [
  ['reference', referenceBackend()],
  ['cpu', cpuBackend()],
];
