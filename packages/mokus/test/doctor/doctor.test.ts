import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MokusError, referenceBackend } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { missingPartsOf, type PartLookup, partLookups } from '../../src/doctor/missing-parts.js';
import { driverMend, missingVulkanParts, missingWebgpuParts } from '../../src/doctor/vulkan.js';
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

describe('a device that fails', () => {
  it('is never without a part and a command that mends it', async () => {
    const registry: BackendOpeners = new Map();
    for (const name of ['webgpu', 'webgpu-native', 'cuda']) {
      registry.set(name, () => {
        throw new MokusError('backend', 'no adapter');
      });
    }
    const { backends } = await doctor(registry);
    for (const { device, works, problem, missing } of backends) {
      expect([device, works, problem]).toEqual([device, false, 'no adapter']);
      // Other systems bring what WebGPU needs, and no command mends it there.
      if (device === 'cuda' || process.platform === 'linux') expect(missing[0]?.mend).toMatch(/install|npm|use Linux/);
    }
  });

  const lookups = new Map([...partLookups].map(([name, lookup]) => [name, { ...lookup, missing: () => [] }]));

  it('has the part that is at fault where nothing is missing', async () => {
    const [cuda, ...others] = await missingPartsOf('cuda', 'CUDA failure 35', lookups);
    expect([cuda?.part, others]).toEqual([expect.stringMatching(/driver \(CUDA 13\)$/), []]);
    expect([cuda?.why, cuda?.mend]).toEqual([
      expect.stringMatching(/; CUDA failure 35$/),
      expect.stringMatching(/apt-get install cuda-drivers/),
    ]);
    // What is missing says more.
    const parts = [{ part: 'libcudnn.so.9', why: 'it is not there', mend: 'apt-get install libcudnn9-cuda-13' }];
    const lacking = new Map([['cuda', { ...(lookups.get('cuda') as PartLookup), missing: () => parts }]]);
    expect(await missingPartsOf('cuda', 'for want of libcudnn.so.9', lacking)).toEqual(parts);
    expect(await missingPartsOf('npu', 'no such chip', lookups)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('names the Vulkan drivers that Dawn did not take', async () => {
    for (const device of ['webgpu', 'webgpu-native']) {
      const found = await withDrivers('/a/lvp_icd.json:/b/intel_icd.json', () =>
        missingPartsOf(device, 'no WebGPU adapter', lookups),
      );
      expect(found).toEqual([
        {
          part: 'a Vulkan driver that Dawn takes; found /a/lvp_icd.json, /b/intel_icd.json',
          why: 'no WebGPU adapter',
          mend: driverMend(),
        },
      ]);
    }
  });
});

describe('what WebGPU lacks', () => {
  it('names a driver file that is not there', async () => {
    const [parts, all] = await withDrivers('/nowhere/icd.json', async () => [
      missingVulkanParts(),
      await missingWebgpuParts(),
    ]);
    expect(all).toEqual(expect.arrayContaining([...parts]));
    expect(parts).toContainEqual({
      part: '/nowhere/icd.json',
      why: 'VK_DRIVER_FILES names it, and it is not there',
      mend: driverMend(),
    });
  });

  it('is mended from the backports where the system is Debian 12: its own Mesa is too old', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mokus-release-'));
    try {
      const mendFor = (release: string): string => {
        writeFileSync(join(folder, 'os-release'), release);
        return driverMend(join(folder, 'os-release'));
      };
      expect(mendFor('ID=debian\nVERSION_CODENAME=bookworm\n')).toMatch(
        /^apt-get install -t bookworm-backports mesa-vulkan-drivers /,
      );
      expect(mendFor('ID=debian\nVERSION_CODENAME=trixie\n')).toMatch(
        /^apt-get install mesa-vulkan-drivers \(25 or newer\)/,
      );
      expect(driverMend(join(folder, 'nothing'))).toMatch(/^apt-get install mesa-vulkan-drivers /);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** What a lookup finds while the environment names these drivers. */
async function withDrivers<Found>(files: string, look: () => Promise<Found>): Promise<Found> {
  const before = process.env.VK_DRIVER_FILES;
  process.env.VK_DRIVER_FILES = files;
  try {
    return await look();
  } finally {
    if (before === undefined) delete process.env.VK_DRIVER_FILES;
    else process.env.VK_DRIVER_FILES = before;
  }
}

it('mokus doctor has a help', async () => {
  expect((await runMokus('doctor', '--jsno')).err).toBe('mokus: there is no option --jsno; there are --json');
});
