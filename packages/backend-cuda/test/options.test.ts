import { refusalOf } from '@mokus/core/testing';
import { expect, test } from 'vitest';
import { cudaBackend } from '../src/index.js';

// Before it is asked whether CUDA works here.
test.each<[string, object]>([
  ['device', { device: 0 }],
  ['deviceId', { deviceId: -1 }],
  ['precision', { precision: 'f64' }],
  ['memoryLimit', { memoryLimit: 0 }],
])('%s: an option that is unknown or out of its range is refused by name', async (field, options) => {
  const { code, details } = await refusalOf(() => cudaBackend(options));
  expect([code, details.field]).toEqual(['input', field]);
});
