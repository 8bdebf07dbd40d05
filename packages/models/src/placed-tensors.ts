import { disposeTensors, type HostTensor, type Module, MokusError, type Tensor } from '@mokus/core';
import { isSteady } from './steady-tensors.js';

type Tensors = Readonly<Record<string, Tensor>>;

interface Placed {
  readonly tensor: Promise<Tensor>;
  /** Calls that are running on it. */
  users: number;
  lastCall: number;
}

/** Calls after which what none of them read is freed: guidance alternates two conditionings, an editor some programs. */
const keptCalls = 8;

/** Steady inputs of a module's programs on its device: each goes there once, not once a call. */
export class PlacedTensors {
  readonly #module: Module;
  readonly #placed = new Map<HostTensor, Placed>();
  #calls = 0;

  constructor(module: Module) {
    this.#module = module;
  }

  /** Does work with inputs that lie on the device as far as they are steady, where the module has one. */
  async withPlaced<Result>(inputs: Tensors, work: (inputs: Tensors) => Promise<Result>): Promise<Result> {
    if (this.#module.place === undefined) return work(inputs);
    const call = ++this.#calls;
    const steady = Object.entries(inputs).flatMap(([name, tensor]) =>
      tensor.location === 'host' && isSteady(tensor) ? [[name, tensor] as const] : [],
    );
    this.#placeNew(steady);
    const used = steady.map(([name, tensor]) => [name, this.#placed.get(tensor) as Placed] as const);
    for (const [, placed] of used) {
      placed.users++;
      placed.lastCall = call;
    }
    try {
      const found = await Promise.all(used.map(async ([name, { tensor }]) => [name, await tensor] as const));
      return await work({ ...inputs, ...Object.fromEntries(found) });
    } catch (error) {
      // All that lay on the device went with it.
      if (MokusError.isInstance(error) && error.code === 'device-lost') this.#placed.clear();
      throw error;
    } finally {
      for (const [, placed] of used) placed.users--;
      this.#free(({ lastCall }) => lastCall <= call - keptCalls);
    }
  }

  /** Frees what no call is running on. */
  clear(): void {
    this.#free(() => true);
  }

  #placeNew(steady: readonly (readonly [string, HostTensor])[]): void {
    const missing = new Map(
      steady.filter(([, tensor]) => !this.#placed.has(tensor)).map(([name, each]) => [each, name]),
    );
    if (missing.size === 0) return;
    const placing = this.#module.place?.(Object.fromEntries([...missing].map(([tensor, name]) => [name, tensor])));
    for (const [tensor, name] of missing) {
      const placed: Placed = {
        tensor: Promise.resolve(placing).then((all) => all?.[name] ?? tensor),
        users: 0,
        lastCall: 0,
      };
      this.#placed.set(tensor, placed);
      placed.tensor.catch(() => {
        if (this.#placed.get(tensor) === placed) this.#placed.delete(tensor);
      });
    }
  }

  #free(which: (placed: Placed) => boolean): void {
    for (const [key, placed] of this.#placed) {
      if (placed.users > 0 || !which(placed)) continue;
      this.#placed.delete(key);
      // What could not be placed was refused to the call that wanted it.
      placed.tensor.then(
        (tensor) => disposeTensors([tensor]),
        () => undefined,
      );
    }
  }
}
