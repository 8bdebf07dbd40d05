import { MokusError, referenceBackend } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { missingVulkanParts, missingWebgpuParts } from '../../src/doctor/vulkan.js';
import { type BackendOpeners, createBackendRegistry, doctor } from '../../src/index.js';
import { runMokus } from '../support/run-mokus.js';

/** The registry without WebGPU: a GPU device of this process would serve the tests beside this one. */
function withoutGpu(): BackendOpeners {
  const registry = createBackendRegistry();
  for (const name of ['webgpu', 'webgpu-native']) registry.delete(name);
  return registry;
}

describe('doctor', () => {
  it('says which backends work here, and what CUDA lacks', async () => {
    const { node, backends } = await doctor(withoutGpu());
    expect(node).toBe(process.version);
    expect(backends.map(({ device }) => device)).toEqual(['cpu', 'cuda']);
    const [cpu, cuda] = backends;
    expect(cpu).toEqual({ device: 'cpu', works: true, problem: undefined, missing: [] });
    // On a machine with CUDA it works, and then nothing is missing.
    expect(cuda?.works).toBe(cuda?.missing.length === 0);
    for (const { part, why, mend } of cuda?.missing ?? []) {
      expect(cuda?.problem).toContain(part);
      expect([why.length > 0, mend.length > 0]).toEqual([true, true]);
    }
  });

  it('tries backends of third parties: one that works, one that is wrong, one that is refused', async () => {
    const registry: BackendOpeners = new Map();
    registry.set('right', () => referenceBackend());
    registry.set('wrong', () => ({
      ...referenceBackend(),
      load: async (weights, programs, options) => {
        const module = await referenceBackend().load(weights, programs, options);
        return { ...module, run: async () => ({}), dispose: () => module.dispose() };
      },
    }));
    registry.set('refused', () => {
      throw new MokusError('backend', 'no such chip');
    });
    const { backends } = await doctor(registry);
    expect(backends.map(({ works, problem }) => [works, problem])).toEqual([
      [true, undefined],
      [false, 'it computed undefined for 2 * 10 + 3 * 100'],
      [false, 'no such chip'],
    ]);
  });
});

describe('what WebGPU lacks', () => {
  it('names a driver file that is not there', async () => {
    const before = process.env.VK_DRIVER_FILES;
    process.env.VK_DRIVER_FILES = '/nowhere/icd.json';
    try {
      const parts = await missingVulkanParts();
      expect(await missingWebgpuParts()).toEqual(expect.arrayContaining([...parts]));
      expect(parts).toContainEqual({
        part: '/nowhere/icd.json',
        why: 'VK_DRIVER_FILES names it, and it is not there',
        mend: 'apt-get install mesa-vulkan-drivers (25 or newer), or the driver of the GPU',
      });
    } finally {
      if (before === undefined) delete process.env.VK_DRIVER_FILES;
      else process.env.VK_DRIVER_FILES = before;
    }
  });
});

it('mokus doctor has a help', async () => {
  expect((await runMokus('doctor', '--jsno')).err).toBe('mokus: there is no option --jsno; there are --json');
});
