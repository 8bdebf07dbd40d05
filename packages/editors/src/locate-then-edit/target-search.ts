import {
  Adam,
  type Cotangents,
  type ForwardResult,
  f32Tensor,
  MokusError,
  type ObjectiveValue,
  type PreparedObjective,
  type Row,
  type StateOffset,
  type StatePlace,
  type StateStart,
  type TokenBatch,
  throwIfCancelled,
} from '@mokus/core';
import { klDivergence } from '../objectives/kl-divergence.js';
import type { EditSession } from '../session/session.js';
import { captureStart } from '../session/state-start.js';
import type { LocatedRequest } from './located-request.js';
import type { ResolvedTargetSearch } from './options.js';
import { Shift } from './shift.js';

/** What a search found at one place. */
export interface Target {
  /** h0, the state at the fact token of the plain question before the search, f32 [hiddenSize]. */
  readonly initial: Float32Array;
  /** d, [hiddenSize]: the target is h0 + d. */
  readonly shift: Float64Array;
}

interface Trial {
  /** The objective with its regularisers. */
  readonly loss: number;
  readonly satisfied: boolean;
  readonly value: ObjectiveValue;
  /** d(kl * KL)/d(logits) at the drift row, f32 [vocabSize]; empty where there is none. */
  readonly driftCotangent: Float32Array;
}

/**
 * The search for one request's target vectors (ROME section 3.1; MEMIT section 4.2): one shift d a place, added at the
 * fact token of every sequence (the question in its contexts with the answer, and '{subject} is a'), lowers
 *
 *     objective + kl KL(now || before) + wd sum |d| / |h0|^2
 *
 * by Adam, and after each step |d| is cut to clamp |h0|. The objective is the mean over contexts; the divergence is that
 * of the next token at the fact token of '{subject} is a', which is left out where kl is 0.
 */
export class TargetSearch {
  private readonly batch: TokenBatch;
  /** The rows that shifts are added at: one of each sequence, the plain question's first. */
  private readonly rows: readonly Row[];
  /** That of '{subject} is a', or none. */
  private readonly driftRows: readonly Row[];

  private constructor(
    private readonly session: EditSession,
    private readonly located: LocatedRequest,
    private readonly places: readonly StatePlace[],
    private readonly settings: ResolvedTargetSearch,
    private readonly prepared: PreparedObjective,
  ) {
    const { encoded, positions, drift } = located;
    const drifts = drift === undefined ? [] : [drift];
    this.batch = [...encoded, ...drifts].map(({ ids }) => ids);
    this.rows = [...positions, ...drifts.map(({ position }) => position)].map((position, sequence) => ({
      sequence,
      position,
    }));
    this.driftRows = this.rows.slice(encoded.length);
  }

  /** Makes the objective ready on the encoder as it is now. */
  static async prepare(
    session: EditSession,
    located: LocatedRequest,
    places: readonly StatePlace[],
    settings: ResolvedTargetSearch,
  ): Promise<TargetSearch> {
    const { encoder, objective, template, signal } = session;
    const { encoded, request } = located;
    const requests = encoded.map(() => request);
    const prepared = await objective.prepare({ encoder, requests, encoded, template, signal });
    return new TargetSearch(session, located, places, settings, prepared);
  }

  /**
   * One target a place. Throws MokusError `cancelled`, and `edit` naming the request's index for a loss that is not
   * finite or does not depend on the places.
   *
   * @param edited whether requests before this one are written on the encoder
   */
  async run(edited: boolean = false): Promise<readonly Target[]> {
    const { session, settings, located } = this;
    const { initial, start } = await this.begin();
    const shifts = initial.map((state) => new Shift(state, settings));
    const { learningRate, betas, epsilon } = settings;
    // The search's weight decay is part of its loss, not Adam's.
    const optimiser = new Adam<Float64Array>({ learningRate, betas, epsilon });
    let before: Float32Array | undefined;
    for (let step = 0; ; step++) {
      throwIfCancelled(session.signal, 'the edit');
      const gradients = await this.gradients(shifts, start, async (result) => {
        before ??= this.driftLogits(result);
        const trial = await this.evaluate(result, before, shifts, step);
        if (step > 0) session.report(located.index * settings.steps + step, trial.loss, located.index);
        const isLast = step === settings.steps || trial.loss < settings.stopLoss || trial.satisfied;
        return isLast ? undefined : trial;
      });
      if (gradients === undefined) break;
      if (step === 0) this.requireSlope(gradients, edited);
      shifts.forEach((shift, place) => {
        shift.step(optimiser, String(place), gradients[place]!);
      });
    }
    return shifts.map(({ initial, values }) => ({ initial, shift: values }));
  }

  /** h0 of each place; and what their layer reads, so that the layers below it are computed once. */
  private async begin(): Promise<{
    readonly initial: readonly Float32Array[];
    readonly start: StateStart | undefined;
  }> {
    const { batch, places, session } = this;
    const { encoder, signal } = session;
    const { layer } = places[0]!;
    const { captures, start } = await captureStart(encoder, { batch, layer, places }, { signal });
    const size = encoder.info.hiddenSize;
    // The plain question is the first sequence, so its rows are the first.
    const first = this.rows[0]!.position * size;
    return { initial: captures.map(({ state }) => state.data.slice(first, first + size)), start };
  }

  private offsets(shifts: readonly Shift[]): readonly StateOffset[] {
    const { rows, places } = this;
    return shifts.map(({ values }, index) => {
      const repeated = new Float32Array(rows.length * values.length);
      for (let row = 0; row < rows.length; row++) repeated.set(values, row * values.length);
      return { place: places[index]!, rows, values: f32Tensor([rows.length, values.length], repeated) };
    });
  }

  private async evaluate(
    result: ForwardResult,
    before: Float32Array,
    shifts: readonly Shift[],
    step: number,
  ): Promise<Trial> {
    const { klFactor } = this.settings;
    const rows = this.prepared.logitsRows.length;
    const vocabSize = result.logits.shape[1]!;
    const logits = f32Tensor([rows, vocabSize], result.logits.data.slice(0, rows * vocabSize));
    const value = await this.prepared.evaluate({ logits, hidden: result.hidden });
    const drift = klDivergence(this.driftLogits(result), before);
    const decay = shifts.reduce((sum, shift) => sum + shift.decay, 0);
    const loss = value.loss + klFactor * drift.value + decay;
    if (!Number.isFinite(loss)) {
      const { index } = this.located;
      throw new MokusError(
        'edit',
        `request ${index}: the objective '${this.session.objective.name}' is ${loss} after ${step} turns: take smaller steps (learningRate), or look for weights that are not finite`,
        { request: index, field: 'learningRate' },
      );
    }
    return {
      loss,
      satisfied: value.requests.every(({ satisfied }) => satisfied),
      value,
      driftCotangent: Float32Array.from(drift.gradient, (each) => klFactor * each),
    };
  }

  /**
   * d(objective + divergence)/d(shift) of each place: the sum over the rows that it is added at. Undefined where `judge`,
   * given the forward pass, asks for none.
   */
  private async gradients(
    shifts: readonly Shift[],
    start: StateStart | undefined,
    judge: (result: ForwardResult) => Promise<Trial | undefined>,
  ): Promise<Float64Array[] | undefined> {
    const { batch, places, rows, driftRows, prepared } = this;
    const { signal, encoder } = this.session;
    const asked = { logits: [...prepared.logitsRows, ...driftRows], hidden: prepared.hiddenRows };
    const after = async (result: ForwardResult): Promise<Cotangents | undefined> => {
      const trial = await judge(result);
      return trial && this.cotangents(trial, asked);
    };
    const captures = await encoder.captureStates(
      { batch, places, rows, offsets: this.offsets(shifts), start, cotangents: { ...asked, after } },
      { signal },
    );
    const gradients: Float64Array[] = [];
    for (const { gradient } of captures) {
      if (gradient === undefined) return undefined;
      const size = gradient.shape[1]!;
      const sum = new Float64Array(size);
      for (const [index, value] of gradient.data.entries()) sum[index % size]! += value;
      gradients.push(sum);
    }
    return gradients;
  }

  private cotangents(
    { value, driftCotangent }: Trial,
    asked: { readonly logits: readonly Row[]; readonly hidden: readonly Row[] },
  ): Cotangents {
    const logits = new Float32Array(value.logits.data.length + driftCotangent.length);
    logits.set(value.logits.data);
    logits.set(driftCotangent, value.logits.data.length);
    return {
      logits: { rows: asked.logits, values: f32Tensor([asked.logits.length, value.logits.shape[1]!], logits) },
      hidden: asked.hidden.length > 0 ? { rows: asked.hidden, values: value.hidden } : undefined,
    };
  }

  private requireSlope(gradients: readonly Float64Array[], edited: boolean): void {
    if (gradients.some((gradient) => gradient.some((value) => value !== 0))) return;
    const { index } = this.located;
    const where = `layer ${this.places[0]!.layer} at the fact token '${this.settings.factToken}'`;
    const mend = edited
      ? ' once the requests before it are written: take smaller steps (learningRate), or choose lower layers'
      : ': choose lower layers';
    throw new MokusError('edit', `request ${index}: the objective does not depend on ${where}${mend}`, {
      request: index,
      field: edited ? 'learningRate' : 'sites',
    });
  }

  /** Empty where there is no drift row: a divergence of nothing is 0. */
  private driftLogits({ logits }: ForwardResult): Float32Array {
    return logits.data.slice(this.prepared.logitsRows.length * logits.shape[1]!);
  }
}
