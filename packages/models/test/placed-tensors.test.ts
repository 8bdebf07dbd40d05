/** What crosses the border to a device while a pipeline draws, on the reference backend, which has one. */
import { type Backend, f32Tensor, type HostTensor, MokusError, referenceBackend, type SiteDelta } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { relativeError } from './support/fixtures.js';
import { tinyComponents, tinyPipeline } from './support/pipeline.js';

interface Seen {
  /** Of the transformer: what each call of a program was fed from the host, by input. */
  readonly fed: (readonly string[])[];
  /** Inputs that were placed on the device. */
  readonly placed: string[];
  disposed: number;
  /** Results on the device that were not disposed. */
  readonly held: Set<unknown>;
  /** Results that were read. */
  reads: number;
  /** Set: the next call loses the device. */
  lose: boolean;
}

function watched(seen: Seen): Backend {
  const inner = referenceBackend();
  return {
    ...inner,
    async load(weights, programs, options) {
      const module = await inner.load(weights, programs, options);
      if (options?.component !== 'transformer') return module;
      return {
        get programs() {
          return module.programs;
        },
        async place(tensors) {
          seen.placed.push(...Object.keys(tensors));
          const placed = (await module.place?.(tensors)) ?? {};
          for (const tensor of Object.values(placed)) {
            if (tensor.location === 'device') tensor.dispose = () => void seen.disposed++;
          }
          return placed;
        },
        async run(program, inputs, runOptions) {
          if (seen.lose) {
            seen.lose = false;
            throw new MokusError('device-lost', 'the GPU device was lost', { backend: 'reference' });
          }
          seen.fed.push(Object.keys(inputs).filter((name) => inputs[name]?.location === 'host'));
          return module.run(program, inputs, runOptions);
        },
        async runOnDevice(program, inputs, runOptions) {
          if (seen.lose && seen.held.size > 0) {
            seen.lose = false;
            throw new MokusError('device-lost', 'the GPU device was lost', { backend: 'reference' });
          }
          seen.fed.push(Object.keys(inputs).filter((name) => inputs[name]?.location === 'host'));
          const results = (await module.runOnDevice?.(program, inputs, runOptions)) ?? {};
          for (const tensor of Object.values(results)) {
            if (tensor.location !== 'device') throw new Error('a result came back');
            seen.held.add(tensor);
            const read = tensor.read.bind(tensor);
            tensor.read = () => {
              seen.reads++;
              return read();
            };
            tensor.dispose = () => void seen.held.delete(tensor);
          }
          return results;
        },
        add: (more, addOptions) => module.add(more, addOptions),
        release: () => module.release(),
        dispose: () => module.dispose(),
      };
    },
  };
}

const nothing = (): Seen => ({ fed: [], placed: [], disposed: 0, held: new Set(), reads: 0, lose: false });
const firstVelocities = ['latents', 'time', 'keyMask'];
const laterVelocities = ['time', 'keyMask'];

function delta(dOut: number, dIn: number, scale: number): SiteDelta {
  const values = (size: number): Float32Array => Float32Array.from({ length: size }, (_, at) => scale * Math.sin(at));
  return { kind: 'lowRank', dOut, dIn, rank: 2, u: values(dOut * 2), v: values(2 * dIn) };
}

describe('tensors that do not change between steps', () => {
  it('go to the device once: conditioning, rotary tables, deltas and latents; the time and the mask go in each step', async () => {
    const seen = nothing();
    const pipeline = await tinyPipeline(watched(seen));
    const { dit } = pipeline.components;
    const [site] = dit.sites.filter(({ id }) => id.endsWith('attn.to_q'));
    const handle = dit.pushDelta(site!.id, delta(site!.dOut, site!.dIn, 0.01));
    const drawing = { prompt: 'a cat', negativePrompt: 'a dog on a blue background', guidance: 3, steps: 6, seed: 1 };
    const drawn = await pipeline.generate(drawing);
    // Two velocities a step, and what they do to the latents.
    const fed = seen.fed.map((names) => names.join());
    expect(fed.slice(0, 3)).toEqual([firstVelocities.join(), firstVelocities.join(), 'latents,stepSize,scale']);
    for (let step = 2; step <= 6; step++) {
      const [from, velocities] = [3 * (step - 1), laterVelocities.join()];
      expect(fed.slice(from, from + 3)).toEqual([velocities, velocities, 'stepSize,scale']);
    }
    expect(fed).toHaveLength(18);
    expect(seen.reads).toBe(1);
    expect(seen.held.size).toBe(0);
    const factors = [`${site!.id}.u`, `${site!.id}.v`];
    expect([...seen.placed].sort()).toEqual(['cos', 'cos', 'sin', 'sin', 'states', 'states', ...factors].sort());

    // A second picture of the same size: its conditioning is new, the rest is there.
    seen.placed.length = 0;
    await pipeline.generate({ ...drawing, negativePrompt: undefined });
    expect(seen.placed).toEqual(['states']);
    dit.popDelta(handle);
    seen.placed.length = 0;
    const before = seen.disposed;
    await pipeline.generate({ ...drawing, steps: 10 });
    expect(seen.placed.filter((name) => factors.includes(name))).toEqual([]);
    expect(seen.disposed).toBeGreaterThanOrEqual(before + factors.length);
    await pipeline.dispose();

    const plain = await tinyPipeline(withoutPlace(referenceBackend()));
    const [same] = plain.components.dit.sites.filter(({ id }) => id === site!.id);
    plain.components.dit.pushDelta(same!.id, delta(same!.dOut, same!.dIn, 0.01));
    // Measured: 1.1e-7, for on the host each step is rounded to f32.
    expect(relativeError((await plain.generate(drawing)).latents.data, drawn.latents.data)).toBeLessThan(1e-6);
    await plain.dispose();
  });

  it('are read where a caller looks, and freed when a run is cancelled or a step fails', async () => {
    const seen = nothing();
    const pipeline = await tinyPipeline(watched(seen));
    const drawing = { prompt: 'a cat', steps: 4, seed: 1 };
    const looked: HostTensor[] = [];
    const drawn = await pipeline.generate({ ...drawing, onStepEnd: ({ latents }) => void looked.push(latents) });
    expect(looked).toHaveLength(4);
    expect(looked[3]?.data).toEqual(drawn.latents.data);
    expect(seen.held.size).toBe(0);
    const cancelling = new AbortController();
    const cancelled = pipeline.generate({
      ...drawing,
      signal: cancelling.signal,
      onStepEnd: ({ step }) => (step === 2 ? cancelling.abort() : undefined),
    });
    expect((await refusalOf(() => cancelled)).code).toBe('cancelled');
    expect(seen.held.size).toBe(0);
    seen.lose = true;
    expect((await refusalOf(() => pipeline.generate(drawing))).code).toBe('device-lost');
    expect(seen.held.size).toBe(0);
    expect((await pipeline.generate(drawing)).latents.data).toEqual(drawn.latents.data);
    await pipeline.dispose();
  });

  it('are placed anew when a caller writes into the conditioning, after a release, and on another device', async () => {
    const seen = nothing();
    const { dit, ...others } = await tinyComponents(watched(seen));
    const states = f32Tensor(
      [1, 3, dit.info.conditioningSize],
      new Float32Array(3 * dit.info.conditioningSize).fill(0.5),
    );
    const latents = f32Tensor([1, 4, dit.info.inChannels], new Float32Array(4 * dit.info.inChannels).fill(0.1));
    const velocity = async (hiddenStates: HostTensor<'f32'>): Promise<Float32Array> => {
      const conditioning = { hiddenStates, mask: undefined };
      return (await dit.velocity({ latents, grid: { height: 2, width: 2 }, sigmas: [0.5], conditioning })).data;
    };
    const first = await velocity(states);
    states.data[1] = -2;
    const second = await velocity(states);
    expect(second).not.toEqual(first);
    expect(second).toEqual(await velocity(f32Tensor(states.shape, states.data.slice())));
    await dit.release();
    const released = seen.disposed;
    expect(released).toBe(seen.placed.length);
    expect(await velocity(states)).toEqual(second);
    expect(seen.placed.slice(released).sort()).toEqual(['cos', 'sin', 'states']);
    seen.lose = true;
    seen.placed.length = 0;
    expect((await refusalOf(() => velocity(states))).code).toBe('device-lost');
    expect(await velocity(states)).toEqual(second);
    expect([...seen.placed].sort()).toEqual(['cos', 'sin', 'states']);
    await Promise.all([dit.dispose(), others.textEncoder.dispose(), others.imageCodec.dispose()]);
  });

  it('serve calls that run at once, however many', async () => {
    const seen = nothing();
    const { dit, ...others } = await tinyComponents(watched(seen));
    const conditionings = Array.from({ length: 12 }, (_, at) => ({
      hiddenStates: f32Tensor(
        [1, 2, dit.info.conditioningSize],
        new Float32Array(2 * dit.info.conditioningSize).fill(at),
      ),
      mask: undefined,
    }));
    const latents = f32Tensor([1, 4, dit.info.inChannels], new Float32Array(4 * dit.info.inChannels).fill(0.1));
    const request = { latents, grid: { height: 2, width: 2 }, sigmas: [0.5] };
    const one = async (at: number): Promise<Float32Array> =>
      (await dit.velocity({ ...request, conditioning: conditionings[at]! })).data;
    const together = await Promise.all(conditionings.map((_, at) => one(at)));
    for (const at of [0, 11]) expect(await one(at)).toEqual(together[at]);
    await Promise.all([dit.dispose(), others.textEncoder.dispose(), others.imageCodec.dispose()]);
    expect(seen.disposed).toBe(seen.placed.length);
  });
});

/** The same backend without a device to place tensors on. */
function withoutPlace(backend: Backend): Backend {
  return {
    ...backend,
    async load(weights, programs, options) {
      const module = await backend.load(weights, programs, options);
      return {
        get programs() {
          return module.programs;
        },
        run: (program, inputs, runOptions) => module.run(program, inputs, runOptions),
        add: (more, addOptions) => module.add(more, addOptions),
        release: () => module.release(),
        dispose: () => module.dispose(),
      };
    },
  };
}
