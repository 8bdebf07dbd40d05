import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusalOf } from '@mokus/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { cudaBackend, missingCudaParts } from '../src/index.js';

const empty = mkdtempSync(join(tmpdir(), 'mokus-no-provider-'));
afterAll(() => rmSync(empty, { recursive: true }));

describe('missingCudaParts', () => {
  it('names the provider files that are not there, each with a command', () => {
    const files = missingCudaParts(empty).filter(({ part }) => part.includes('providers'));
    expect(files.map(({ part }) => part)).toEqual([
      'libonnxruntime_providers_shared.so',
      'libonnxruntime_providers_cuda.so',
    ]);
    for (const { why, mend } of files)
      expect([why, mend.slice(0, 12)]).toEqual([`it is not in ${empty}`, 'npm pack com']);
  });

  it('names the libraries that the loader does not find, and no others', () => {
    const missing = missingCudaParts(empty);
    const found = (library: string): boolean =>
      ['/usr/lib/x86_64-linux-gnu', '/usr/local/cuda/lib64'].some((folder) => existsSync(join(folder, library)));
    for (const library of [
      'libcuda.so.1',
      'libcublasLt.so.13',
      'libcublas.so.13',
      'libcudart.so.13',
      'libcudnn.so.9',
    ]) {
      const named = missing.find(({ part }) => part === library);
      expect([library, named === undefined]).toEqual([library, found(library)]);
      if (named !== undefined) expect(named.why).toMatch(/cannot open shared object file/);
    }
  });
});

describe('cudaBackend', () => {
  it('says all that is missing before anything is loaded', async () => {
    const missing = missingCudaParts();
    if (missing.length === 0) return expect(cudaBackend().name).toBe('cuda');
    const refusal = await refusalOf(() => cudaBackend());
    expect(refusal.code).toBe('backend');
    for (const { part, mend } of missing) expect(refusal.message).toContain(`${part} (${mend})`);
  });

  it.each([
    ['deviceId', { deviceId: -1 }],
    ['precision', { precision: 'f64' as 'f32' }],
    ['memoryLimit', { memoryLimit: 0 }],
  ])('refuses a %s out of its range', async (field, options) => {
    expect(await refusalOf(() => cudaBackend(options))).toMatchObject({ code: 'input', details: { field } });
  });
});
