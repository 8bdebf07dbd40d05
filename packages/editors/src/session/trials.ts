import type { DeltaHandle, SiteDelta, TextEncoder } from '@mokus/core';

/** Deltas that an editor pushes while it works, so that none can stay behind. */
export class TrialDeltas {
  private readonly handles: DeltaHandle[] = [];

  constructor(private readonly encoder: TextEncoder) {}

  push(site: string, delta: SiteDelta): void {
    this.handles.push(this.encoder.pushDelta(site, delta));
  }

  /** Takes all of them away; the encoder is bit-exactly what it was. */
  popAll(): void {
    for (let handle = this.handles.pop(); handle !== undefined; handle = this.handles.pop()) {
      this.encoder.popDelta(handle);
    }
  }
}
