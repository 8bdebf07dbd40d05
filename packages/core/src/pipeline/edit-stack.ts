import type { DeltaHandle, Edit } from '../edit.js';
import { MokusError } from '../errors.js';
import type { TextEncoder } from '../text-encoder.js';
import { requireEdit } from './argument-checks.js';

/** The edits that are applied to one text encoder. Each goes on and comes off as a whole. */
export class EditStack {
  readonly #encoder: TextEncoder;
  readonly #handles = new Map<Edit, readonly DeltaHandle[]>();

  constructor(encoder: TextEncoder) {
    this.#encoder = encoder;
  }

  /** What is applied, in order. */
  get edits(): readonly Edit[] {
    return [...this.#handles.keys()];
  }

  /**
   * Pushes every delta of the edit, or none: when one is refused, those before it are taken off again. Throws MokusError
   * `base-model` (made on another encoder), `edit` (no edit, applied already, without sites, or a delta that does not fit
   * or is not finite), `site`.
   */
  async apply(edit: Edit): Promise<void> {
    requireEdit('apply', edit);
    const { baseModel } = edit.provenance;
    const own = await this.#encoder.fingerprint();
    if (baseModel !== own) {
      throw new MokusError(
        'base-model',
        `the edit was made on the text encoder ${baseModel.slice(0, 12)}, this one is ${own.slice(0, 12)}; load the model it was made on, or make the edit again on this one`,
      );
    }
    if (this.#handles.has(edit)) throw new MokusError('edit', 'the edit is applied already; revert it first');
    if (edit.sites.size === 0)
      throw new MokusError('edit', 'the edit has no sites, it would do nothing; make it again');
    const handles: DeltaHandle[] = [];
    try {
      for (const [site, delta] of edit.sites) handles.push(this.#encoder.pushDelta(site, delta));
    } catch (error) {
      this.#pop(handles);
      throw error;
    }
    this.#handles.set(edit, handles);
  }

  /**
   * Takes the edit off, wherever it is in the stack; what remains computes as if it had never been there. Throws MokusError
   * `edit` for one that is not applied, and for what is no edit.
   */
  revert(edit: Edit): void {
    const handles = this.#handles.get(edit);
    if (handles === undefined) {
      requireEdit('revert', edit);
      throw new MokusError(
        'edit',
        'the edit is not applied, so nothing was reverted; give the very edit that was applied',
      );
    }
    this.#handles.delete(edit);
    this.#pop(handles);
  }

  #pop(handles: readonly DeltaHandle[]): void {
    for (const handle of handles.toReversed()) this.#encoder.popDelta(handle);
  }
}
