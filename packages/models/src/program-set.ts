import type { Backend, HostTensor, LoadOptions, Module, RunProgramOptions, WeightStore } from '@mokus/core';
import { throwIfCancelled } from '@mokus/core';
import type { Program } from '@mokus/graph';

/** A component's programs over one set of resident weights; those that are not loaded at the start come when needed. */
export class ProgramSet {
  readonly #module: Module;
  readonly #component: string;
  readonly #loads = new Map<string, Promise<void>>();

  private constructor(module: Module, component: string) {
    this.#module = module;
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

  /** Runs a loaded program, or builds and adds it first; the second time it is there. */
  async run(
    name: string,
    build: () => Program,
    inputs: Readonly<Record<string, HostTensor>>,
    { signal }: RunProgramOptions,
  ): Promise<Readonly<Record<string, HostTensor>>> {
    throwIfCancelled(signal, `the ${this.#component}`);
    await this.prepare(new Map([[name, build]]));
    throwIfCancelled(signal, `the ${this.#component}`);
    return this.#module.run(name, inputs, { signal });
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
  release(): Promise<void> {
    return this.#module.release();
  }

  dispose(): Promise<void> {
    return this.#module.dispose();
  }
}
