import { type Backend, referenceBackend } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { BackendRegistry, createContainer, type FromPretrainedOptions, fromPretrained } from '../src/index.js';
import { tinyFolder } from './support/tiny-folder.js';

/** Bytes of the weights that each component was loaded with, by its name in messages. */
type Loaded = Map<string, number>;

/** A backend with so many bytes free, and what was loaded onto it. */
function deviceWith(free: number | undefined, loaded: Loaded, device = 'own:0'): Backend {
  const backend = referenceBackend();
  return {
    ...backend,
    name: 'own',
    capabilities: () => ({ ...backend.capabilities(), device }),
    availableBytes: () => free,
    load: (weights, programs, options) => {
      const names = new Set(Object.values(programs).flatMap((program) => program.weights.map(({ name }) => name)));
      const bytes = [...names].reduce((sum, name) => sum + (weights.get(name)?.length ?? Number.NaN), 0);
      loaded.set(options?.component ?? weights.name, bytes);
      return backend.load(weights, programs, options);
    },
  };
}

async function load(options: FromPretrainedOptions): Promise<void> {
  await (await fromPretrained(tinyFolder, options)).dispose();
}

describe('memory of a device that components share', () => {
  // What backends were given says what is needed, not what was compared.
  const all: Loaded = new Map();
  let total = 0;
  beforeAll(async () => {
    await load({ device: deviceWith(undefined, all) });
    total = [...all.values()].reduce((sum, bytes) => sum + bytes, 0);
  });

  it('is compared with the weights of all of them before the first is loaded, to the byte', async () => {
    expect([all.size, total > 0]).toEqual([3, true]);
    const loaded: Loaded = new Map();
    await load({ device: deviceWith(total, loaded) });
    expect(loaded).toEqual(all);

    loaded.clear();
    const refusal = await refusalOf(() => load({ device: deviceWith(total - 1, loaded) }));
    expect([refusal.code, refusal.details, loaded.size]).toEqual(['backend', { backend: 'own', field: 'device' }, 0]);
  });

  it('is refused with both numbers, those of the components and the mend', async () => {
    const { message } = await refusalOf(() => load({ device: deviceWith(20_000, new Map()) }));
    const gigabytes = (bytes: number): string => `${(bytes / 1e9).toPrecision(3)} GB`;
    expect(message).toContain(`does not fit on own (own:0): its weights take ${gigabytes(total)} (text_encoder `);
    expect(message).toContain(`), ${gigabytes(20_000)} are free; put a component on another device`);
    for (const bytes of all.values()) expect(message).toContain(` ${gigabytes(bytes)}`);
    expect(message).toContain("device: { textEncoder: 'cpu', dit: 'own' }");
  });

  it('is asked about what is put there alone', async () => {
    const dit = all.get('transformer') ?? 0;
    const loaded: Loaded = new Map();
    await load({ device: { dit: deviceWith(dit, loaded) } });
    expect([...loaded]).toEqual([['transformer', dit]]);
  });

  it('is one for backends of several dtypes on a device, and each its own for several devices', async () => {
    const container = createContainer();
    container.get(BackendRegistry).set('own', () => deviceWith(total - 1, new Map()));
    const dtype = { dit: 'f16', textEncoder: 'f32' } as const;
    expect((await refusalOf(() => load({ container, device: 'own', dtype }))).code).toBe('backend');
    const of = (device: string): Backend => deviceWith(total - 1, new Map(), device);
    await load({ device: { textEncoder: of('own:0'), imageCodec: of('own:0'), dit: of('own:1') } });
  });
});
