import type { DeltaSite } from '@mokus/core';
import { Graph, linear, type Value } from '@mokus/graph';
import { type DeltaValues, declareDelta, withDelta } from '../deltas/delta-linear.js';

/** A transformer's graph in the making: what its linear layers are called, and which of them carry deltas. */
export class Trace {
  readonly graph: Graph = new Graph();
  /** Every linear layer so far, in order. */
  readonly sites: DeltaSite[] = [];
  /** The deltas of those that carry one, by site. */
  readonly deltas: Map<string, DeltaValues> = new Map();
  readonly #adapted: ReadonlySet<string>;

  /** @param adapted ids of the sites that get the inputs of a delta */
  constructor(adapted: ReadonlySet<string>) {
    this.#adapted = adapted;
  }

  /** A biased linear layer whose weight and bias stand in the checkpoint under `name`, its delta included. */
  projection(name: string, x: Value, dIn: number, dOut: number): Value {
    const site: DeltaSite = { id: name, dIn, dOut, weight: `${name}.weight` };
    this.sites.push(site);
    const base = linear(x, this.graph.weight(site.weight, [dOut, dIn]), this.graph.weight(`${name}.bias`, [dOut]));
    if (!this.#adapted.has(name)) return base;
    const delta = declareDelta(this.graph, site);
    this.deltas.set(name, delta);
    return withDelta(base, x, delta);
  }
}
