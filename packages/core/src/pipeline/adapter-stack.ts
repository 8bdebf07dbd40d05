import { type LoraAdapter, loraDelta } from '../adapter.js';
import type { DiT } from '../diffusion.js';
import type { DeltaHandle } from '../edit.js';
import { MokusError } from '../errors.js';
import { requireAdapter } from './argument-checks.js';

/** What a fused adapter acts with is the product; unfused it has its weight back. */
interface Fused {
  readonly weight: number;
  readonly scale: number;
}

/**
 * The adapters of one transformer: loaded ones by name, those that act with their weights, and those that are fused. What
 * is pushed on the transformer is always made anew of these, so that an adapter which is off leaves no trace.
 */
export class AdapterStack {
  readonly #dit: DiT;
  readonly #loaded = new Map<string, LoraAdapter>();
  #active: ReadonlyMap<string, number> = new Map();
  #fused: ReadonlyMap<string, Fused> = new Map();
  #handles: readonly DeltaHandle[] = [];

  constructor(dit: DiT) {
    this.#dit = dit;
  }

  /** Every loaded adapter with the weight it acts with, 0 for one that is off. */
  get weights(): ReadonlyMap<string, number> {
    return new Map([...this.#loaded.keys()].map((name) => [name, this.#weightOf(name)]));
  }

  /** Throws MokusError `adapter` for a name that is not loaded. */
  get(name: string): LoraAdapter {
    const adapter = this.#loaded.get(name);
    if (adapter === undefined) {
      const known = [...this.#loaded.keys()].join(', ') || 'none';
      throw new MokusError('adapter', `no adapter "${name}" is loaded; loaded are: ${known}`);
    }
    return adapter;
  }

  /** Throws MokusError `adapter` (no adapter, a name that is taken, nothing to adapt), `site`, `edit`; nothing is changed then. */
  add(name: string, adapter: LoraAdapter): void {
    requireAdapter(name, adapter);
    if (this.#loaded.has(name)) {
      throw new MokusError('adapter', `an adapter "${name}" is loaded already; delete it first, or give another name`);
    }
    if (adapter.modules.size === 0)
      throw new MokusError('adapter', `adapter "${name}" adapts no layer; give one with layers`);
    this.#loaded.set(name, adapter);
    try {
      this.#put(new Map([...this.#active, [name, 1]]), this.#fused);
    } catch (error) {
      this.#loaded.delete(name);
      throw error;
    }
  }

  /** Makes exactly these act, with these weights, in this order; fused ones stay. Throws MokusError `adapter`, `input`. */
  set(weights: ReadonlyMap<string, number>): void {
    for (const [name, weight] of weights) {
      this.#requireLoose(name);
      if (!Number.isFinite(weight)) {
        throw new MokusError('input', `adapter "${name}" cannot act with weight ${weight}; give a finite number`, {
          field: 'weights',
        });
      }
    }
    this.#put(weights, this.#fused);
  }

  /** Throws MokusError `adapter` for one that is not loaded, or fused; nothing is changed then. */
  remove(names: readonly string[]): void {
    for (const name of names) this.#requireLoose(name);
    this.#put(new Map([...this.#active].filter(([name]) => !names.includes(name))), this.#fused);
    for (const name of names) this.#loaded.delete(name);
  }

  /** Throws MokusError `adapter` when no adapter acts. */
  fuse(scale: number): void {
    if (!Number.isFinite(scale)) {
      throw new MokusError('input', `adapters cannot be fused with scale ${scale}; give a finite number`, {
        field: 'scale',
      });
    }
    if (this.#active.size === 0)
      throw new MokusError('adapter', 'no adapter acts, so there is nothing to fuse; call setAdapters first');
    const fused = [...this.#active].map(([name, weight]) => [name, { weight, scale }] as const);
    this.#put(new Map(), new Map([...this.#fused, ...fused]));
  }

  /** Throws MokusError `adapter` when nothing is fused. */
  unfuse(): void {
    if (this.#fused.size === 0) throw new MokusError('adapter', 'no adapter is fused, so there is nothing to unfuse');
    const loose = [...this.#fused].map(([name, { weight }]) => [name, weight] as const);
    this.#put(new Map([...loose, ...this.#active]), new Map());
  }

  #weightOf(name: string): number {
    const fused = this.#fused.get(name);
    return fused === undefined ? (this.#active.get(name) ?? 0) : fused.weight * fused.scale;
  }

  #requireLoose(name: string): void {
    this.get(name);
    if (this.#fused.has(name)) throw new MokusError('adapter', `adapter "${name}" is fused; unfuse first`);
  }

  /** Puts a state in place, or throws and leaves the one that was. */
  #put(active: ReadonlyMap<string, number>, fused: ReadonlyMap<string, Fused>): void {
    this.#pop(this.#handles);
    try {
      this.#handles = this.#push(active, fused);
    } catch (error) {
      this.#handles = this.#push(this.#active, this.#fused);
      throw error;
    }
    this.#active = active;
    this.#fused = fused;
  }

  #push(active: ReadonlyMap<string, number>, fused: ReadonlyMap<string, Fused>): readonly DeltaHandle[] {
    const handles: DeltaHandle[] = [];
    const acting = [...fused].map(([name, { weight, scale }]) => [name, weight * scale] as const);
    try {
      for (const [name, weight] of [...acting, ...active]) {
        if (weight === 0) continue;
        for (const [site, module] of this.get(name).modules) {
          handles.push(this.#dit.pushDelta(site, loraDelta(module, weight)));
        }
      }
    } catch (error) {
      this.#pop(handles);
      throw error;
    }
    return handles;
  }

  #pop(handles: readonly DeltaHandle[]): void {
    for (const handle of handles.toReversed()) this.#dit.popDelta(handle);
  }
}
