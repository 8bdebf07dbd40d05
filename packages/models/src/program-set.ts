import type { Backend, HostTensor, LoadOptions, Module, RunProgramOptions, Tensor, WeightStore } from '@mokus/core';
import { disposeTensors, hostOf, throwIfCancelled } from '@mokus/core';
import { isKept, type Program, type SplitProgram, splitProgram } from '@mokus/graph';
import { PlacedTensors } from './placed-tensors.js';

type Tensors = Readonly<Record<string, HostTensor>>;

/** Inputs that follow from a program's other outputs. */
export interface LaterInputs {
  readonly later: readonly string[];
  readonly between: (results: Tensors) => Promise<Tensors | undefined>;
}

/**
 * A component's programs over one set of resident weights; those that are not loaded at the start come when needed. Steady
 * inputs, such as deltas, stay on the device between calls.
 */
export class ProgramSet {
  readonly #module: Module;
  readonly #placed: PlacedTensors;
  readonly #component: string;
  readonly #loads = new Map<string, Promise<void>>();

  private constructor(module: Module, component: string) {
    this.#module = module;
    this.#placed = new PlacedTensors(module);
    this.#component = component;
    for (const name of module.programs) this.#loads.set(name, Promise.resolve());
  }

  static async load(
    backend: Backend,
    weights: WeightStore,
    programs: Readonly<Record<string, Program>>,
    options: LoadOptions & { readonly component: string },
  ): Promise<ProgramSet> {
    return new ProgramSet(await backend.load(weights, programs, options), options.component);
  }

  /** Whether {@link runOnDevice} leaves results on a device. */
  get keepsResults(): boolean {
    return this.#module.runOnDevice !== undefined;
  }

  /** Runs a loaded program, or builds and adds it first; the second time it is there. */
  async run(name: string, build: () => Program, inputs: Tensors, { signal }: RunProgramOptions): Promise<Tensors> {
    await this.#prepareOne(name, build, signal);
    return this.#placed.withPlaced(inputs, (placed) => this.#module.run(name, placed, { signal }));
  }

  /** As {@link run}; results stay on the device where the backend has one, and the caller disposes them. */
  async runOnDevice(
    name: string,
    build: () => Program,
    inputs: Readonly<Record<string, Tensor>>,
    { signal }: RunProgramOptions,
  ): Promise<Readonly<Record<string, Tensor>>> {
    await this.#prepareOne(name, build, signal);
    return this.#placed.withPlaced(inputs, (placed) => this.#runOnDevice(name, placed, { signal }));
  }

  async #prepareOne(name: string, build: () => Program, signal: AbortSignal | undefined): Promise<void> {
    throwIfCancelled(signal, `the ${this.#component}`);
    await this.prepare(new Map([[name, build]]));
    throwIfCancelled(signal, `the ${this.#component}`);
  }

  /**
   * Runs a program in two halves: `between` makes the later inputs of the outputs that do not need them, or says with
   * undefined that the second half is not wanted. What the second needs of the first stays on the device where the
   * backend has one. Returns the outputs of both.
   */
  async runSplit(
    name: string,
    build: () => Program,
    inputs: Tensors,
    { later, between }: LaterInputs,
    { signal }: RunProgramOptions,
  ): Promise<Tensors> {
    let split: SplitProgram | undefined;
    const halves = (): SplitProgram => {
      split ??= splitProgram(build(), later);
      return split;
    };
    const { before, after } = halfNames(name);
    throwIfCancelled(signal, `the ${this.#component}`);
    await this.prepare(
      new Map([
        [before, () => halves().before],
        [after, () => halves().after],
      ]),
    );
    throwIfCancelled(signal, `the ${this.#component}`);
    return this.#placed.withPlaced(inputs, async (placed) => {
      const first = await this.#runOnDevice(before, placed, { signal });
      const kept = Object.entries(first).filter(([output]) => isKept(output));
      try {
        const results = await readAll(Object.entries(first).filter(([output]) => !isKept(output)));
        const made = await between(results);
        if (made === undefined) return results;
        const second = await this.#module.run(after, { ...placed, ...made, ...Object.fromEntries(kept) }, { signal });
        return { ...results, ...second };
      } finally {
        disposeTensors(Object.values(first));
      }
    });
  }

  #runOnDevice(
    name: string,
    inputs: Readonly<Record<string, Tensor>>,
    options: RunProgramOptions,
  ): Promise<Record<string, Tensor>> {
    const module = this.#module;
    return module.runOnDevice?.(name, inputs, options) ?? module.run(name, inputs, options);
  }

  /** Builds and adds those that are not there yet, together: each addition may load the weights anew. */
  async prepare(builders: ReadonlyMap<string, () => Program>): Promise<void> {
    const missing = [...builders].filter(([name]) => !this.#loads.has(name));
    if (missing.length > 0) {
      // Not cancellable: a second caller may wait for the same programs.
      const programs = Object.fromEntries(missing.map(([name, build]) => [name, build()]));
      const load = this.#module.add(programs, { component: this.#component });
      for (const [name] of missing) this.#loads.set(name, load);
      try {
        await load;
      } catch (error) {
        for (const [name] of missing) this.#loads.delete(name);
        throw error;
      }
    }
    await Promise.all([...builders.keys()].map((name) => this.#loads.get(name)));
  }

  /** See {@link Module.release}. */
  async release(): Promise<void> {
    await this.#module.release();
    this.#placed.clear();
  }

  async dispose(): Promise<void> {
    await this.#module.dispose();
    this.#placed.clear();
  }
}

function halfNames(name: string): { readonly before: string; readonly after: string } {
  return { before: `${name}, before`, after: `${name}, after` };
}

/** The halves of a program under the names that {@link ProgramSet.runSplit} runs them by. */
export function programHalves(name: string, program: Program, later: readonly string[]): Record<string, Program> {
  const { before, after } = splitProgram(program, later);
  const names = halfNames(name);
  return { [names.before]: before, [names.after]: after };
}

async function readAll(tensors: readonly (readonly [string, Tensor])[]): Promise<Tensors> {
  const read: Record<string, HostTensor> = {};
  for (const [name, tensor] of tensors) read[name] = await hostOf(tensor);
  return read;
}
