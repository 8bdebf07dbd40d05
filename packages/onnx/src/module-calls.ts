import { checkProgramInputs, disposeTensors, MokusError, type Tensor, throwIfCancelled } from '@mokus/core';
import type { Program } from '@mokus/graph';

/** Runs works one after the other, in the order in which they were given. Work must not wait for a turn of its own. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}

export interface ProgramCall {
  readonly program: string;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly signal: AbortSignal | undefined;
}

/**
 * What every module does alike: its calls take turns, so that a session is neither replaced nor freed under a run, and are
 * refused when they cannot be. `Ready` is a program with what a backend made of it.
 */
export class ModuleCalls<Ready extends { readonly program: Program }> {
  readonly #component: string;
  readonly #turns: Turns;
  #programs: ReadonlyMap<string, Ready> = new Map();
  #disposed = false;

  /** Modules that share a device may share its turns. */
  constructor(component: string, turns: Turns = createTurns()) {
    this.#component = component;
    this.#turns = turns;
  }

  /** By name. */
  get programs(): ReadonlyMap<string, Ready> {
    return this.#programs;
  }

  /** Makes the programs that the work returns the module's. Throws MokusError `disposed`, `cancelled`. */
  add(signal: AbortSignal | undefined, work: (what: string) => Promise<ReadonlyMap<string, Ready>>): Promise<void> {
    return this.inTurn(async () => {
      const what = `loading ${this.#component}`;
      throwIfCancelled(signal, what);
      this.#programs = await work(what);
    });
  }

  /**
   * A run of a program. Throws MokusError `disposed`; `input` for a program that is not loaded and for inputs that are not
   * its own; `cancelled`, when the signal fires between the work's steps or while it runs: results that lie on a device are
   * freed then.
   */
  run<Loaded, Results extends Readonly<Record<string, Tensor>>>(
    { program, inputs, signal }: ProgramCall,
    load: () => Promise<Loaded>,
    work: (loaded: Loaded, ready: Ready, what: string) => Promise<Results>,
  ): Promise<Results> {
    return this.inTurn(async () => {
      const what = `${this.#component}: program "${program}"`;
      throwIfCancelled(signal, what);
      const ready = this.#programs.get(program);
      if (ready === undefined) {
        const known = [...this.#programs.keys()].join(', ') || 'none';
        throw new MokusError('input', `${what} is not loaded; loaded are ${known}: call add`);
      }
      checkProgramInputs(program, ready.program, inputs);
      const loaded = await load();
      throwIfCancelled(signal, what);
      const results = await work(loaded, ready, what);
      if (signal?.aborted === true) disposeTensors(Object.values(results));
      throwIfCancelled(signal, what);
      return results;
    });
  }

  /** Throws MokusError `disposed`. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#disposed) {
      return Promise.reject(new MokusError('disposed', `${this.#component} was disposed; load it again to run it`));
    }
    return this.#turns(work);
  }

  /** Refuses calls from now on, and frees what the work frees when those of before have ended. */
  async dispose(free: () => Promise<void>): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#turns(free);
  }
}
