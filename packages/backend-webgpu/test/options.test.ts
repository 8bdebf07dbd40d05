import { refusalOf } from '@mokus/core/testing';
import { expect, test } from 'vitest';
import { webgpuBackend } from '../src/index.js';
import { nativeWebgpuBackend } from '../src/native.js';

// Before it is asked whether WebGPU works here.
test.each<[string, (options: object) => unknown]>([
  ['webgpuBackend', webgpuBackend],
  ['nativeWebgpuBackend', nativeWebgpuBackend],
])('%s refuses an option that is unknown by name', async (name, create) => {
  const { code, details, message } = await refusalOf(() => create({ dtype: 'f16' }));
  expect([code, details.field]).toEqual(['input', 'dtype']);
  expect(message).toContain(`${name} has no option 'dtype'`);
});
