import { type DeltaHandle, type DeltaSite, type HostTensor, MokusError, type SiteDelta } from '@mokus/core';
import { checkedDelta, type DeltaFactors } from '../deltas/delta-factors.js';
import { deltaInputs } from '../deltas/delta-linear.js';
import { DeltaStacks } from '../deltas/delta-stacks.js';

/** What one run of a transformer carries besides its base weights. */
export interface RunningDeltas {
  /** Ids of the sites that carry a delta, in the model's order: a program is made for each such set. */
  readonly adapted: readonly string[];
  /** Ids of the sites of the trial deltas, in the model's order. */
  readonly trials: readonly string[];
  readonly inputs: Readonly<Record<string, HostTensor<'f32'>>>;
}

/** The deltas that are pushed on a transformer's linear layers, and those that a call tries on top. */
export class TransformerDeltas {
  readonly #sites: ReadonlyMap<string, DeltaSite>;
  readonly #stacks = new DeltaStacks();

  constructor(sites: readonly DeltaSite[]) {
    this.#sites = new Map(sites.map((site) => [site.id, site]));
  }

  push(id: string, delta: SiteDelta): DeltaHandle {
    return this.#stacks.push(this.#site(id), delta);
  }

  pop(handle: DeltaHandle): void {
    this.#stacks.pop(handle);
  }

  list(): ReturnType<DeltaStacks['list']> {
    return this.#stacks.list();
  }

  /** Throws MokusError `site`, `edit` for trials that do not fit. */
  running(parameters: ReadonlyMap<string, SiteDelta> = new Map()): RunningDeltas {
    const trials = new Map([...parameters].map(([id, delta]) => [id, checkedDelta(this.#site(id), delta)]));
    const pushed = new Set(this.#stacks.list().map(({ handle }) => handle.site));
    const inputs: Record<string, HostTensor<'f32'>> = {};
    const feed = (site: DeltaSite, { u, v }: DeltaFactors): void => {
      const names = deltaInputs(site.id);
      inputs[names.u] = u;
      inputs[names.v] = v;
    };
    const adapted = [...this.#sites.values()].filter(({ id }) => pushed.has(id) || trials.has(id));
    for (const site of adapted) {
      const trial = trials.get(site.id);
      feed(site, trial === undefined ? this.#stacks.running(site) : this.#stacks.runningWith(site, trial));
    }
    const ids = adapted.map(({ id }) => id);
    return { adapted: ids, trials: ids.filter((id) => trials.has(id)), inputs };
  }

  #site(id: string): DeltaSite {
    const site = this.#sites.get(id);
    if (site !== undefined) return site;
    const example = [...this.#sites.keys()].find((each) => each.includes('attn')) ?? '';
    throw new MokusError('site', `"${id}" is no linear layer of this transformer; one is named like "${example}"`, {
      site: id,
    });
  }
}
