import { addDeltaRows, type DeltaHandle, type Edit, type SiteDelta, type TextEncoder } from '@mokus/core';

/** The running sum of a site's deltas, and the delta that is pushed for it. */
interface SiteSum {
  readonly sum: Float64Array;
  readonly pushed: SiteDelta;
  readonly handle: DeltaHandle;
}

/**
 * Edits applied one after the other, as one dense delta a site: hundreds of small deltas on a site would be summed anew
 * for every edit.
 */
export class AppliedEdits {
  readonly #encoder: TextEncoder;
  readonly #sites = new Map<string, SiteSum>();

  constructor(encoder: TextEncoder) {
    this.#encoder = encoder;
  }

  apply(edit: Edit): void {
    for (const [site, delta] of edit.sites) {
      const { dOut, dIn } = delta;
      const before = this.#sites.get(site);
      const sum = before?.sum ?? new Float64Array(dOut * dIn);
      addDeltaRows(delta, 0, dOut, sum);
      if (before !== undefined) this.#encoder.popDelta(before.handle);
      const pushed: SiteDelta = { kind: 'dense', dOut, dIn, delta: Float32Array.from(sum) };
      this.#sites.set(site, { sum, pushed, handle: this.#encoder.pushDelta(site, pushed) });
    }
  }

  /** By site, in float32. */
  sums(): Edit['sites'] {
    return new Map([...this.#sites].map(([site, { pushed }]) => [site, pushed]));
  }

  /** Takes all of them away. */
  revert(): void {
    for (const { handle } of this.#sites.values()) this.#encoder.popDelta(handle);
    this.#sites.clear();
  }
}
