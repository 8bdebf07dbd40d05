import {
  type CotangentsAfter,
  type Edit,
  type EditObjective,
  type EditOptions,
  type EditRequest,
  type EncodedQuestion,
  type ForwardResult,
  type Json,
  MokusError,
  type ObjectiveValue,
  type PreparedObjective,
  type PromptTemplate,
  type Row,
  requireEditOptions,
  type Site,
  type SiteDelta,
  type StateStart,
  type TextEncoder,
  type TokenBatch,
  throwIfCancelled,
} from '@mokus/core';
import type { SolveOptions } from '../solvers/symmetric-solver.js';
import { versions } from '../version.js';
import { encodeRequests } from './requests.js';
import { type SiteSelection, selectSites } from './sites.js';
import { captureStart } from './state-start.js';

export interface SessionSettings {
  /** The editor's name, for messages, progress and provenance. */
  readonly editor: string;
  /** The editor's own, where an edit names none. */
  readonly objective: EditObjective;
  readonly sites: SiteSelection | undefined;
  /** Of an edit of so many requests. */
  readonly maxTurns: (requests: number) => number;
  /** The option that says how large the editor's steps are, for messages. */
  readonly stepOption: string;
}

/**
 * What all editors do around their own mathematics: requests to token sequences, the objective made ready and
 * evaluated, progress, cancellation, provenance. One session is one call of `edit`.
 */
export class EditSession {
  readonly sites: readonly Site[];
  readonly template: PromptTemplate;
  readonly encoded: readonly EncodedQuestion[];
  readonly batch: TokenBatch;
  private readonly maxTurns: number;

  private constructor(
    readonly encoder: TextEncoder,
    readonly requests: readonly EditRequest[],
    private readonly settings: SessionSettings,
    private readonly options: EditOptions,
    private readonly prepared: PreparedObjective,
    parts: Pick<EditSession, 'sites' | 'template' | 'encoded'>,
  ) {
    this.sites = parts.sites;
    this.template = parts.template;
    this.encoded = parts.encoded;
    this.batch = parts.encoded.map(({ ids }) => ids);
    this.maxTurns = settings.maxTurns(requests.length);
  }

  /**
   * Throws MokusError as `requireEditOptions` of core, {@link selectSites} and {@link encodeRequests} do, and what the
   * objective's `prepare` throws.
   */
  static async open(
    encoder: TextEncoder,
    requests: readonly EditRequest[],
    settings: SessionSettings,
    options: EditOptions,
  ): Promise<EditSession> {
    requireEditOptions(options);
    const { template = 'pipeline', objective = settings.objective, signal } = options;
    throwIfCancelled(signal, settings.editor);
    const sites = selectSites(encoder, settings.sites);
    const encoded = encodeRequests(encoder, requests, template);
    const prepared = await objective.prepare({ encoder, requests, encoded, template, signal });
    const used = { ...settings, objective };
    return new EditSession(encoder, requests, used, options, prepared, { sites, template, encoded });
  }

  get signal(): AbortSignal | undefined {
    return this.options.signal;
  }

  /** What a solve is given. */
  get solving(): SolveOptions {
    return { backend: this.encoder.backend, signal: this.signal };
  }

  get objective(): EditObjective {
    return this.settings.objective;
  }

  /** Throws MokusError `cancelled` after a listener that cancels. */
  report(turn: number, loss: number, satisfied: number): void {
    const { maxTurns } = this;
    const { editor } = this.settings;
    const { signal, onProgress } = this.options;
    onProgress?.({ kind: 'edit', editor, turn, maxTurns, loss, satisfied, requests: this.requests.length });
    throwIfCancelled(signal, editor);
  }

  /** The rows that the objective reads, without repetition, in order of the batch. */
  objectiveRows(): readonly Row[] {
    const { logitsRows, hiddenRows } = this.prepared;
    const byKey = new Map([...logitsRows, ...hiddenRows].map((row) => [`${row.sequence}:${row.position}`, row]));
    return [...byKey.values()].sort((a, b) => a.sequence - b.sequence || a.position - b.position);
  }

  /**
   * What the lowest site's layer reads: the session changes nothing below it, so passes may start there. Undefined where
   * that is the first layer.
   */
  async lowestStart(): Promise<StateStart | undefined> {
    const { encoder, batch, signal } = this;
    const layer = Math.min(...this.sites.map((site) => site.layer));
    return (await captureStart(encoder, { batch, layer }, { signal })).start;
  }

  /**
   * The objective on the encoder as it is now, after `turn` turns; reports progress. Throws MokusError `cancelled`, and
   * `edit` naming the request's index for a loss that is not finite.
   */
  async evaluate(turn: number): Promise<ObjectiveValue> {
    const { encoder, batch, signal } = this;
    throwIfCancelled(signal, this.settings.editor);
    return this.judge(turn, await encoder.forward({ batch, ...this.asked() }, { signal }));
  }

  /**
   * As {@link evaluate}, in the middle of a capture: what the backward pass starts from, and none once every request is
   * satisfied or the turns are spent.
   */
  cotangents(turn: number): CotangentsAfter {
    return {
      ...this.asked(),
      after: async (result) => {
        const value = await this.judge(turn, result);
        if (turn === this.maxTurns || allSatisfied(value)) return undefined;
        const { logitsRows, hiddenRows } = this.prepared;
        return {
          logits: logitsRows.length > 0 ? { rows: logitsRows, values: value.logits } : undefined,
          hidden: hiddenRows.length > 0 ? { rows: hiddenRows, values: value.hidden } : undefined,
        };
      },
    };
  }

  private asked(): Pick<CotangentsAfter, 'logits' | 'hidden'> {
    return { logits: this.prepared.logitsRows, hidden: this.prepared.hiddenRows };
  }

  private async judge(turn: number, result: ForwardResult): Promise<ObjectiveValue> {
    const value = await this.prepared.evaluate(result);
    this.requireFiniteLosses(value, turn);
    this.report(turn, value.loss, value.requests.filter(({ satisfied }) => satisfied).length);
    return value;
  }

  private requireFiniteLosses({ loss, requests }: ObjectiveValue, turn: number): void {
    const request = requests.findIndex((each) => !Number.isFinite(each.loss));
    if (request === -1 && Number.isFinite(loss)) return;
    const { objective, stepOption } = this.settings;
    const where = request === -1 ? '' : `request ${request}: `;
    const mend =
      turn === 0
        ? 'the encoder computes values that are not finite, or states that are zero: look at its weights'
        : `take smaller steps (${stepOption})`;
    throw new MokusError('edit', `${where}the objective '${objective.name}' is ${loss} after ${turn} turns: ${mend}`, {
      ...(request !== -1 && { request }),
      ...(turn > 0 && { field: stepOption }),
    });
  }

  /**
   * Throws MokusError `edit` naming the site and the option that says how large the steps are, unless every value is finite.
   */
  requireFinite(what: string, site: string, arrays: readonly ArrayLike<number>[]): void {
    for (const values of arrays) {
      for (let index = 0; index < values.length; index++) {
        if (Number.isFinite(values[index]!)) continue;
        const { stepOption } = this.settings;
        throw new MokusError(
          'edit',
          `${what} of site '${site}' holds ${values[index]} at index ${index}: take smaller steps (${stepOption}), or check the weights`,
          { site, field: stepOption },
        );
      }
    }
  }

  /** The refusal of a turn whose gradient is zero everywhere: steps that were too large lead there too. */
  withoutSlope(turn: number): MokusError {
    const { stepOption } = this.settings;
    const message =
      turn === 0
        ? 'the edit would do nothing: the gradient is zero at every site. Choose sites that the objective depends on'
        : `the gradient is zero at every site after ${turn} turns: take smaller steps (${stepOption})`;
    return new MokusError('edit', message, { field: turn === 0 ? 'sites' : stepOption });
  }

  async finish(deltas: ReadonlyMap<string, SiteDelta>, options: { readonly [key: string]: Json }): Promise<Edit> {
    const { editor, objective } = this.settings;
    return {
      sites: deltas,
      provenance: {
        baseModel: await this.encoder.fingerprint(),
        editor,
        objective: objective.name,
        template: this.template,
        options: { ...options, sites: this.sites.map((site) => site.id), objective: objective.options },
        requests: this.requests,
        versions,
      },
    };
  }
}

/** Whether every request meets the objective's stop condition. */
export function allSatisfied(value: ObjectiveValue): boolean {
  return value.requests.every((request) => request.satisfied);
}
