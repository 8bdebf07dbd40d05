import {
  addDeltaRows,
  type DeltaHandle,
  type DeltaSite,
  isJsonObject,
  MokusError,
  requireArgument,
  type SiteDelta,
} from '@mokus/core';
import { steady } from '../steady-tensors.js';
import { checkedDelta, type DeltaFactors, factorsOf, foldDeltas, noDelta, stackFactors } from './delta-factors.js';

interface PushedDelta {
  readonly handle: DeltaHandle;
  readonly delta: SiteDelta;
}

/** They change with what is pushed only, so a device may keep them. */
function steadyFactors({ rank, u, v }: DeltaFactors): DeltaFactors {
  return { rank, u: steady(u), v: steady(v) };
}

/**
 * The deltas that are pushed on a network's sites. What runs is always recomputed from what is pushed, so taking a delta
 * away leaves exactly what would be there had it never come.
 */
export class DeltaStacks {
  #pushed: readonly PushedDelta[] = [];
  #nextId = 1;
  readonly #running = new Map<string, DeltaFactors>();
  /** Of stacks that are folded: the float64 sum of the lowest deltas, so that a push costs the same on any stack. */
  readonly #sums = new Map<string, { readonly deltas: readonly SiteDelta[]; readonly sum: Float64Array }>();

  push(site: DeltaSite, delta: SiteDelta): DeltaHandle {
    const kept = checkedDelta(site, delta);
    const handle: DeltaHandle = { site: site.id, id: this.#nextId++ };
    this.#pushed = [...this.#pushed, { handle, delta: kept }];
    this.#running.delete(site.id);
    return handle;
  }

  /** Throws MokusError `input` for what is no handle, `edit` for one that is not pushed. */
  pop(handle: DeltaHandle): void {
    requireArgument('handle', handle, isJsonObject(handle), 'give what pushDelta returned');
    const rest = this.#pushed.filter((each) => each.handle.id !== handle.id || each.handle.site !== handle.site);
    if (rest.length === this.#pushed.length) {
      throw new MokusError(
        'edit',
        `delta ${handle.id} of site "${handle.site}" is not pushed on this network; pop each handle once, where it was pushed`,
        { site: handle.site },
      );
    }
    this.#pushed = rest;
    this.#running.delete(handle.site);
    if (rest.length === 0) this.#sums.clear();
  }

  list(): readonly PushedDelta[] {
    return this.#pushed;
  }

  /** What a program is fed for a site: nothing, the low-rank stack, or its dense fold. */
  running(site: DeltaSite): DeltaFactors {
    const known = this.#running.get(site.id);
    if (known !== undefined) return known;
    const factors = steadyFactors(this.#factors(site));
    this.#running.set(site.id, factors);
    return factors;
  }

  /** As {@link running}, with a trial delta as the last columns of U and rows of V. */
  runningWith(site: DeltaSite, trial: SiteDelta): DeltaFactors {
    const pushed = this.#deltasOf(site).length === 0 ? [] : [this.running(site)];
    return stackFactors(site, [...pushed, factorsOf(trial)]);
  }

  #deltasOf(site: DeltaSite): SiteDelta[] {
    return this.#pushed.filter(({ handle }) => handle.site === site.id).map(({ delta }) => delta);
  }

  #factors(site: DeltaSite): DeltaFactors {
    const deltas = this.#deltasOf(site);
    if (deltas.length === 0) return noDelta(site);
    const rank = deltas.reduce((sum, each) => sum + (each.kind === 'lowRank' ? each.rank : Infinity), 0);
    // A dense delta runs as factors of this rank: from here on a stack costs no more, however much is pushed.
    const fold = rank >= Math.min(site.dOut, site.dIn);
    return fold ? factorsOf(this.#fold(site, deltas)) : stackFactors(site, deltas.map(factorsOf));
  }
  /** The sum of a stack, from the kept sum of all but the top: the same additions in the same order, so the same bits. */
  #fold(site: DeltaSite, deltas: readonly SiteDelta[]): SiteDelta {
    const below = deltas.slice(0, -1);
    const known = this.#sums.get(site.id);
    const { deltas: summed, sum } = known?.deltas.every((delta, at) => delta === below[at])
      ? known
      : { deltas: [], sum: new Float64Array(site.dOut * site.dIn) };
    for (const delta of below.slice(summed.length)) addDeltaRows(delta, 0, site.dOut, sum);
    this.#sums.set(site.id, { deltas: below, sum });
    return foldDeltas(site, deltas.slice(-1), sum.slice());
  }
}
