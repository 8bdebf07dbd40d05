import { cpuBackend } from '@mokus/backend-cpu';
import { missingCudaParts } from '@mokus/backend-cuda';
import { type Backend, referenceBackend } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import {
  type BackendOpener,
  BackendRegistry,
  Backend as BackendToken,
  createContainer,
  type DeviceChoice,
  type FromPretrainedOptions,
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

  it('opens a device once for each dtype, and refuses dtypes that nothing is computed in', async () => {
    const opened: (string | undefined)[] = [];
    const load = async (options: Pick<FromPretrainedOptions, 'device' | 'dtype'>): Promise<unknown[]> => {
      opened.length = 0;
      const container = createContainer();
      const own: BackendOpener = ({ dtype }) => {
        opened.push(dtype);
        return referenceBackend();
      };
      container.get(BackendRegistry).set('own', own).set('webgpu', own);
      const pipeline = await fromPretrained(tinyFolder, { container, ...options });
      await pipeline.dispose();
      return [...opened];
    };
    expect(await load({ device: 'own' })).toEqual([undefined]);
    expect(await load({ device: 'own', dtype: 'bf16' })).toEqual(['bf16']);
    expect(await load({ device: { dit: 'own' }, dtype: 'f16' })).toEqual(['f16']);
    expect(await load({ device: 'own', dtype: { dit: 'f16', textEncoder: 'bf16' } })).toEqual([
      'bf16',
      'f16',
      undefined,
    ]);
    expect(await load({ dtype: { dit: 'f32' } })).toEqual([]);
    // What edits are made of is computed in f32 unless it is said otherwise.
    expect(await load({ device: 'webgpu' })).toEqual(['f32', undefined]);
    expect(await load({ device: 'webgpu', dtype: 'f16' })).toEqual(['f16']);

    for (const [options, code, message] of [
      [{ device: 'own', dtype: { dit: 'f64' } }, 'input', /'f64' is no dtype here; known are f32, f16, bf16/],
      [
        { dtype: { vae: 'f16' } },
        'input',
        /'vae' is no component of dtype here; known are textEncoder, dit, imageCodec/,
      ],
      [{ dtype: 16 }, 'input', /'16' is no dtype/],
      [{ device: 'cpu', dtype: { dit: 'f16' } }, 'unsupported', /device cpu computes in f32/],
      [{ dtype: { dit: 'f16' } }, 'unsupported', /device cpu computes in f32/],
      [{ device: 'webgpu-native', dtype: 'f16' }, 'unsupported', /device webgpu-native computes in f32/],
      [{ device: { dit: referenceBackend() }, dtype: 'f16' }, 'input', /the backend reference of dit/],
    ] as const) {
      const refused = await refusalOf(() => load(options as Parameters<typeof load>[0]));
      expect([refused.code, refused.details.field, refused.message]).toEqual([
        code,
        'dtype',
        expect.stringMatching(message),
      ]);
    }
    expect(opened).toEqual([]);
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
    expect(refused.message).toMatch(/'npu' is no device here; known are cpu, webgpu, webgpu-native, cuda/);
    const dtype = await refusalOf(() => fromPretrained('/nowhere', { dtype: 'bf16' }));
    expect([dtype.code, dtype.details]).toEqual(['unsupported', { field: 'dtype', backend: 'cpu' }]);
    const component = await refusalOf(() => fromPretrained('/nowhere', { device: { vae: 'cpu' } as DeviceChoice }));
    expect(component.message).toMatch(/'vae' is no component of device here; known are textEncoder, dit, imageCodec/);
  });
});
