import type { HostTensor, Tensor, WeightStore } from '@mokus/core';
import { disposeTensors, MokusError } from '@mokus/core';
import type { Program, WeightSpec } from '@mokus/graph';
import { fromOrt, type LoweredAlone, toOrt } from '@mokus/onnx';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-web/webgpu';
import { checkBytes } from './limits.js';
import { type OpenDevice, onDevice, openDevice, requireDevice } from './open-device.js';
import type { WebgpuPrecision } from './precision.js';
import { sessionOptions } from './session.js';
import { hostResult, placedTensor, WebgpuTensor } from './tensor.js';
import { DeviceWeights } from './weights.js';

/** A program, and the model that it became. */
export interface ReadyProgram {
  readonly program: Program;
  readonly precision: WebgpuPrecision;
  readonly lowered: LoweredAlone;
}

export interface LoadContext {
  readonly component: string;
  readonly signal?: AbortSignal | undefined;
}

/** A component on one device: its weights, and a session for each program. Everything here happens in a turn. */
export class Loaded {
  readonly open: OpenDevice;
  readonly #weights: DeviceWeights;
  readonly #sessions = new Map<string, InferenceSession>();
  readonly #forget: () => void;

  private constructor(open: OpenDevice, store: WeightStore, onLost: () => Promise<void>) {
    this.open = open;
    this.#weights = new DeviceWeights(open.device, store);
    this.#forget = open.onLost(onLost);
  }

  /** `onLost` is called in a turn, and must release this. */
  static async start(store: WeightStore, component: string, onLost: () => Promise<void>): Promise<Loaded> {
    const open = await openDevice();
    requireDevice(open, `loading ${component}`);
    return new Loaded(open, store, onLost);
  }

  /** Uploads what is not there yet and makes the sessions. When it fails, what was there before stays as it was. */
  async add(programs: ReadonlyMap<string, ReadyProgram>, { component, signal }: LoadContext): Promise<void> {
    const specs = [...programs.values()].flatMap(({ lowered }) => [...lowered.weights.keys()]);
    this.#weights.check(specs);
    const made = new Map<string, InferenceSession>();
    let uploaded: readonly WeightSpec[] = [];
    const what = `loading ${component}`;
    try {
      await onDevice(this.open, what, async () => {
        uploaded = await this.#weights.upload(specs, component, signal);
        for (const [name, { lowered }] of programs) {
          made.set(name, await InferenceSession.create(lowered.model, sessionOptions));
        }
      });
    } catch (error) {
      await Promise.allSettled([...made.values()].map((session) => session.release()));
      this.#weights.takeBack(uploaded);
      throw error;
    }
    for (const [name, session] of made) {
      const replaced = this.#sessions.get(name);
      this.#sessions.set(name, session);
      await replaced?.release();
    }
  }

  /** Runs a program; its results come to the host. */
  run(
    name: string,
    ready: ReadyProgram,
    inputs: Readonly<Record<string, Tensor>>,
    what: string,
  ): Promise<Record<string, HostTensor>> {
    return this.#call(name, ready, inputs, what, async (tensor, dtype, output) => {
      try {
        return await hostResult(tensor, dtype, { what: output, precision: ready.precision });
      } finally {
        tensor.dispose();
      }
    });
  }

  /** Runs a program; its results stay here. When it fails, none is left. */
  runOnDevice(
    name: string,
    ready: ReadyProgram,
    inputs: Readonly<Record<string, Tensor>>,
    what: string,
  ): Promise<Record<string, Tensor>> {
    const kept: Tensor[] = [];
    return this.#call(name, ready, inputs, what, async (tensor, dtype, output) => {
      // Nothing is kept on the device for a tensor without elements.
      if (tensor.location !== 'gpu-buffer') return fromOrt(tensor, dtype, output);
      const result = new WebgpuTensor(tensor, dtype, this.open, { what: output, precision: ready.precision });
      kept.push(result);
      return result;
    }).catch((error: unknown) => {
      disposeTensors(kept);
      throw error;
    });
  }

  /** Puts tensors here. When one fails, none is left. */
  place(tensors: Readonly<Record<string, HostTensor>>, component: string): Promise<Record<string, Tensor>> {
    const placed: Record<string, Tensor> = {};
    return onDevice(this.open, `placing inputs of ${component}`, async () => {
      for (const [name, tensor] of Object.entries(tensors)) {
        const what = `${component}: input "${name}"`;
        placed[name] = placedTensor(tensor, this.open, { what, precision: 'f32' });
      }
      return placed;
    }).catch((error: unknown) => {
      disposeTensors(Object.values(placed));
      throw error;
    });
  }

  async release(): Promise<void> {
    this.#forget();
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    this.#weights.destroy();
    for (const session of sessions) await session.release();
  }

  async #call<T>(
    name: string,
    { program, lowered }: ReadyProgram,
    inputs: Readonly<Record<string, Tensor>>,
    what: string,
    take: (tensor: OrtTensor, dtype: HostTensor['dtype'], output: string) => Promise<T>,
  ): Promise<Record<string, T>> {
    const feeds: Record<string, OrtTensor> = {};
    for (const [input, fed] of lowered.inputs)
      feeds[fed] = this.#fed(inputs[input] as Tensor, `${what}: input "${input}"`);
    for (const [spec, fed] of lowered.weights) feeds[fed] = this.#weights.get(spec);
    return onDevice(this.open, what, async () => {
      const results = await (this.#sessions.get(name) as InferenceSession).run(feeds);
      const taken = await Promise.all(
        program.outputs.map(async ({ name: output, dtype }) => {
          const tensor = results[lowered.outputs.get(output) as string] as OrtTensor;
          return [output, await take(tensor, dtype, `${what}: output "${output}"`)] as const;
        }),
      );
      return Object.fromEntries(taken);
    });
  }

  #fed(given: Tensor, what: string): OrtTensor {
    if (given.location === 'host') {
      checkBytes(what, given.data.byteLength, this.open.device);
      return toOrt(OrtTensor, given);
    }
    if (given instanceof WebgpuTensor) return given.tensor;
    throw new MokusError('input', `${what} lies on backend ${given.backend}; read it first`, { backend: 'webgpu' });
  }
}
