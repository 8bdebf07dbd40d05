import {
  checkProgramInputs,
  type HostTensor,
  type LoadOptions,
  type Module,
  MokusError,
  type RunProgramOptions,
  type Tensor,
  throwIfCancelled,
  type WeightStore,
} from '@mokus/core';
import type { Program } from '@mokus/graph';
import { Loaded, type ReadyProgram } from './loaded.js';
import { inTurn } from './turns.js';

/** Lowers a program, or refuses it. */
export type PrepareProgram = (name: string, program: Program) => ReadyProgram;

/** A component's programs over weights that lie on the GPU once. */
export class DeviceModule implements Module {
  readonly #store: WeightStore;
  readonly #component: string;
  readonly #prepare: PrepareProgram;
  #programs: ReadonlyMap<string, ReadyProgram> = new Map();
  /** Undefined when released, when the device was lost, and after a load that failed. */
  #loaded: Loaded | undefined;
  #disposed = false;

  private constructor(store: WeightStore, component: string, prepare: PrepareProgram) {
    this.#store = store;
    this.#component = component;
    this.#prepare = prepare;
  }

  static async load(
    store: WeightStore,
    programs: Readonly<Record<string, Program>>,
    options: LoadOptions,
    prepare: PrepareProgram,
  ): Promise<DeviceModule> {
    const module = new DeviceModule(store, options.component ?? store.name, prepare);
    try {
      await module.add(programs, options);
    } catch (error) {
      await module.dispose();
      throw error;
    }
    return module;
  }

  get programs(): readonly string[] {
    return [...this.#programs.keys()];
  }

  run(
    program: string,
    inputs: Readonly<Record<string, Tensor>>,
    options: RunProgramOptions = {},
  ): Promise<Record<string, HostTensor>> {
    return this.#running(program, inputs, options, (loaded, ready, what) => loaded.run(program, ready, inputs, what));
  }

  runOnDevice(
    program: string,
    inputs: Readonly<Record<string, Tensor>>,
    options: RunProgramOptions = {},
  ): Promise<Record<string, Tensor>> {
    return this.#running(program, inputs, options, (loaded, ready, what) =>
      loaded.runOnDevice(program, ready, inputs, what),
    );
  }

  /** Weights that other programs read stay where they are; only new ones are uploaded. */
  add(programs: Readonly<Record<string, Program>>, options: LoadOptions = {}): Promise<void> {
    return this.#inTurn(async () => {
      throwIfCancelled(options.signal, `loading ${this.#component}`);
      const added = new Map<string, ReadyProgram>();
      for (const [name, program] of Object.entries(programs)) added.set(name, this.#prepare(name, program));
      const all = new Map([...this.#programs, ...added]);
      const context = { component: this.#component, signal: options.signal };
      if (this.#loaded === undefined) await this.#load(all, options.signal);
      else await this.#loaded.add(added, context);
      this.#programs = all;
    });
  }

  release(): Promise<void> {
    return this.#inTurn(() => this.#unload());
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await inTurn(() => this.#unload());
  }

  #running<T>(
    name: string,
    inputs: Readonly<Record<string, Tensor>>,
    { signal }: RunProgramOptions,
    work: (loaded: Loaded, ready: ReadyProgram, what: string) => Promise<T>,
  ): Promise<T> {
    return this.#inTurn(async () => {
      const what = `${this.#component}: program "${name}"`;
      throwIfCancelled(signal, what);
      const ready = this.#programs.get(name);
      if (ready === undefined) {
        const known = this.programs.join(', ') || 'none';
        throw new MokusError('input', `${what} is not loaded; loaded are ${known}: call add`);
      }
      checkProgramInputs(name, ready.program, inputs);
      const loaded = this.#loaded ?? (await this.#load(this.#programs, signal));
      throwIfCancelled(signal, what);
      const results = await work(loaded, ready, what);
      throwIfCancelled(signal, what);
      return results;
    });
  }

  async #load(programs: ReadonlyMap<string, ReadyProgram>, signal: AbortSignal | undefined): Promise<Loaded> {
    const component = this.#component;
    const loaded = await Loaded.start(this.#store, component, () => this.#unload());
    try {
      await loaded.add(programs, { component, signal });
    } catch (error) {
      await loaded.release().catch(() => undefined);
      throw error;
    }
    this.#loaded = loaded;
    return loaded;
  }

  async #unload(): Promise<void> {
    const loaded = this.#loaded;
    this.#loaded = undefined;
    await loaded?.release();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#disposed) {
      return Promise.reject(new MokusError('disposed', `${this.#component} was disposed; load it again to run it`));
    }
    return inTurn(work);
  }
}
