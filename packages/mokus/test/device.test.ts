import { cpuBackend } from '@mokus/backend-cpu';
import { missingCudaParts } from '@mokus/backend-cuda';
import { type Backend, referenceBackend } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import {
  BackendRegistry,
  Backend as BackendToken,
  createContainer,
  type DeviceChoice,
  fromPretrained,
} from '../src/index.js';
import { tinyFolder } from './support/tiny-folder.js';

const small = { prompt: 'a cat', height: 16, width: 16, steps: 2, seed: 3 };

/** A backend that says which components it was given. */
function watched(backend: Backend, components: string[]): Backend {
  return {
    ...backend,
    load: (weights, programs, options) => {
      components.push(options?.component ?? weights.name);
      return backend.load(weights, programs, options);
    },
  };
}

describe('device', () => {
  it('runs all components on one backend, each on its own, or on what the container binds', async () => {
    const bound: string[] = [];
    const own: string[] = [];
    const load = async (device: DeviceChoice | undefined): Promise<Float32Array> => {
      bound.length = 0;
      own.length = 0;
      const container = createContainer();
      container.get(BackendRegistry).set('own', async () => watched(referenceBackend(), own));
      container.rebind(BackendToken).toConstantValue(watched(cpuBackend(), bound));
      const pipeline = await fromPretrained(tinyFolder, { container, device });
      const { latents } = await pipeline.generate(small);
      await pipeline.dispose();
      return latents.data;
    };
    const onCpu = await load(undefined);
    expect([bound.length, own.length]).toEqual([3, 0]);
    await load('own');
    expect([bound.length, own.length]).toEqual([0, 3]);
    const mixed = await load({ dit: 'own' });
    expect([bound.length, own]).toEqual([2, ['transformer']]);
    // Another backend did the transformer's part: f32 and float64 differ in the last digits.
    expect(mixed).not.toEqual(onCpu);
    await load(watched(referenceBackend(), own));
    expect([bound.length, own.length]).toEqual([0, 3]);
  });

  it('takes cpu by its name', async () => {
    const pipeline = await fromPretrained(tinyFolder, { device: 'cpu' });
    expect((await pipeline.generate(small)).images).toHaveLength(1);
    await pipeline.dispose();
  });

  it('says what CUDA lacks here before anything is loaded', async () => {
    const missing = missingCudaParts();
    const refused = await refusalOf(() => fromPretrained('/nowhere', { device: 'cuda' }));
    expect(refused.code).toBe(missing.length === 0 ? 'checkpoint' : 'backend');
    for (const { part, mend } of missing) expect(refused.message).toContain(`${part} (${mend})`);
  });

  it('refuses what it does not know before anything is loaded', async () => {
    const refused = await refusalOf(() => fromPretrained('/nowhere', { device: 'npu' }));
    expect([refused.code, refused.details.field]).toEqual(['input', 'device']);
    expect(refused.message).toMatch(/'npu' is no device here; known are cpu, webgpu, cuda/);
    const dtype = await refusalOf(() => fromPretrained('/nowhere', { dtype: 'bf16' }));
    expect([dtype.code, dtype.details]).toEqual(['unsupported', { field: 'dtype', backend: 'cpu' }]);
    const component = await refusalOf(() => fromPretrained('/nowhere', { device: { vae: 'cpu' } as DeviceChoice }));
    expect(component.message).toMatch(/'vae' is no component of device here; known are textEncoder, dit, imageCodec/);
  });
});
