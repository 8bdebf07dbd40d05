/**
 * The suites of `npm test`, in the order in which they run. Each is a run of vitest over the files
 * NAME.SUITE.test.ts (the first: all others).
 *
 *   needs()    null when this machine has what the suite needs, else the reason why it is skipped
 *   provide()  fetches what it needs, where a package registry carries it (.ci/run, npm test -- --provide)
 *   env()      environment that the suite runs in
 *   node()     another Node to run it on
 *   built      which builds must be there first: 'js' or 'full' (with declarations)
 *   hardware   what it needs cannot be fetched: where it is not there, even .ci/run skips it
 */

import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { registryAnswers } from './lib/registry.mjs';
import { missingSmollm2, provideSmollm2 } from './lib/smollm2.mjs';
import { findChromium, findNode, findVulkan, provideChromium, provideNode, provideVulkan } from './lib/tools.mjs';

export const units = {
  name: 'units',
  title: 'every package from source',
  needs: () => null,
};

export const suites = [
  {
    name: 'webgpu',
    title: 'the WebGPU provider on a Vulkan driver',
    needs: () =>
      findVulkan() === null
        ? 'no Vulkan driver: npm test -- --provide fetches SwiftShader, or name one in VK_DRIVER_FILES'
        : null,
    provide: provideVulkan,
    env: () => findVulkan(),
  },
  {
    name: 'browser',
    title: 'a page in a headless Chromium',
    needs: () =>
      findChromium() === null ? 'no Chromium: npm test -- --provide fetches one, or name one in MOKUS_CHROMIUM' : null,
    provide: provideChromium,
    env: () => findChromium(),
    built: 'js',
  },
  {
    name: 'cuda',
    title: 'the CUDA provider on an NVIDIA GPU',
    hardware: true,
    needs: () => (existsSync('/proc/driver/nvidia/version') ? null : 'no NVIDIA driver'),
  },
  {
    name: 'fullwidth',
    title: 'one block and one layer as wide as Qwen-Image',
    // 3 GB at its peak, and other suites' processes beside it.
    needs: () => (totalmem() < 6 * 2 ** 30 ? 'it takes 6 GiB of memory' : null),
  },
  {
    name: 'smollm2',
    title: 'a real LLM beside transformers',
    needs: missingSmollm2,
    provide: provideSmollm2,
  },
  {
    name: 'examples',
    title: 'every program in examples/, on the built packages',
    needs: () => null,
    built: 'js',
  },
  {
    name: 'packaging',
    title: 'packed packages in an empty project',
    needs: async () => ((await registryAnswers()) ? null : 'the npm registry does not answer'),
    built: 'full',
  },
];

export const node24 = {
  name: 'node24',
  title: 'every package from source, on Node 24',
  needs: () => (findNode('Node 24') === null ? 'no Node 24: npm test -- --provide fetches it' : null),
  provide: () => provideNode('Node 24'),
  node: () => findNode('Node 24'),
};
