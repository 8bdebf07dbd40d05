import { expect, it } from 'vitest';
import { type BackendOpeners, createBackendRegistry, doctor } from '../../src/index.js';

it('finds both WebGPU providers at work, by their names', { timeout: 600_000 }, async () => {
  const registry: BackendOpeners = createBackendRegistry();
  for (const name of ['cpu', 'cuda']) registry.delete(name);
  const { backends } = await doctor(registry);
  const works = { works: true, problem: undefined, missing: [] };
  expect(backends).toEqual([
    { device: 'webgpu', ...works },
    { device: 'webgpu-native', ...works },
  ]);
});
