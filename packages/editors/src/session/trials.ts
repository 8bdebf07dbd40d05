import { type DeltaHandle, deltaArrays, type SiteDelta } from '@mokus/core';
import type { EditSession } from './session.js';

/** Deltas that an editor pushes while it works, so that none can stay behind. */
export class TrialDeltas {
  private readonly handles: DeltaHandle[] = [];

  constructor(private readonly session: EditSession) {}

  /** Throws MokusError `edit` for a delta that is not finite, which no encoder takes. */
  push(site: string, delta: SiteDelta): void {
    this.session.requireFinite('the update', site, deltaArrays(delta));
    this.handles.push(this.session.encoder.pushDelta(site, delta));
  }

  /** Takes all of them away; the encoder is bit-exactly what it was. */
  popAll(): void {
    for (let handle = this.handles.pop(); handle !== undefined; handle = this.handles.pop()) {
      this.session.encoder.popDelta(handle);
    }
  }
}
