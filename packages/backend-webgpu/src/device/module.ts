import type { HostTensor, LoadOptions, Module, RunProgramOptions, Tensor, WeightStore } from '@mokus/core';
import type { Program } from '@mokus/graph';
import { ModuleCalls } from '@mokus/onnx';
import { Loaded, type ReadyProgram } from './loaded.js';
import { inTurn } from './turns.js';

/** Lowers a program for the open device, or refuses it. */
export type PrepareProgram = (name: string, program: Program) => ReadyProgram;

/** A component's programs over weights that lie on the GPU once. */
export class DeviceModule implements Module {
  readonly #store: WeightStore;
  readonly #component: string;
  readonly #prepare: () => Promise<PrepareProgram>;
  readonly #calls: ModuleCalls<ReadyProgram>;
  /** Undefined when released, when the device was lost, and after a load that failed. */
  #loaded: Loaded | undefined;

  private constructor(store: WeightStore, component: string, prepare: () => Promise<PrepareProgram>) {
    this.#store = store;
    this.#component = component;
    this.#prepare = prepare;
    this.#calls = new ModuleCalls(component, inTurn);
  }

  static async load(
    store: WeightStore,
    programs: Readonly<Record<string, Program>>,
    options: LoadOptions,
    prepare: () => Promise<PrepareProgram>,
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
    return [...this.#calls.programs.keys()];
  }

  run(
    program: string,
    inputs: Readonly<Record<string, Tensor>>,
    { signal }: RunProgramOptions = {},
  ): Promise<Record<string, HostTensor>> {
    return this.#calls.run(
      { program, inputs, signal },
      () => this.#current(signal),
      (loaded, ready, what) => loaded.run(program, ready, inputs, what),
    );
  }

  runOnDevice(
    program: string,
    inputs: Readonly<Record<string, Tensor>>,
    { signal }: RunProgramOptions = {},
  ): Promise<Record<string, Tensor>> {
    return this.#calls.run(
      { program, inputs, signal },
      () => this.#current(signal),
      (loaded, ready, what) => loaded.runOnDevice(program, ready, inputs, what),
    );
  }

  place(tensors: Readonly<Record<string, HostTensor>>): Promise<Record<string, Tensor>> {
    return this.#calls.inTurn(async () => (await this.#current(undefined)).place(tensors, this.#component));
  }

  /** Weights that other programs read stay where they are; only new ones are uploaded. */
  add(programs: Readonly<Record<string, Program>>, { signal }: LoadOptions = {}): Promise<void> {
    return this.#calls.add(signal, async () => {
      const prepare = await this.#prepare();
      const added = new Map<string, ReadyProgram>();
      for (const [name, program] of Object.entries(programs)) added.set(name, prepare(name, program));
      const all = new Map([...this.#calls.programs, ...added]);
      if (this.#loaded === undefined) await this.#load(all, signal);
      else await this.#loaded.add(added, { component: this.#component, signal });
      return all;
    });
  }

  release(): Promise<void> {
    return this.#calls.inTurn(() => this.#unload());
  }

  dispose(): Promise<void> {
    return this.#calls.dispose(() => this.#unload());
  }

  async #current(signal: AbortSignal | undefined): Promise<Loaded> {
    return this.#loaded ?? (await this.#load(this.#calls.programs, signal));
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
}
