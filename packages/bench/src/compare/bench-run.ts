import {
  type Edit,
  type EditObjective,
  type EditRequest,
  EditStack,
  MokusError,
  type MokusErrorCode,
  type RawImage,
  type RunOptions,
  type TextEncoder,
  type TextToImagePipeline,
  type VelocityReference,
} from '@mokus/core';
import type { EditCase } from '../data/edit-case.js';
import { answerVelocities } from '../gap/velocity-error.js';
import { type DrawnPicture, drawRecalling } from '../pictures/draw.js';
import { judgePictures, namesAnswer, type PictureTask, pictureTasks } from '../pictures/measure-pictures.js';
import {
  type MeasureTextOptions,
  measureText,
  type TextBaseline,
  type TextOutcome,
  textBaseline,
} from '../text/measure-text.js';
import { CellRunner } from './cell-runner.js';
import type { CellStore } from './cell-store.js';
import type { BaselineCell, CellError, ReportedPicture } from './comparison.js';
import type { ComparePlan, EditorVariant } from './plan.js';
import { drawSettingsOf, settingsOf } from './settings.js';

/** What the unedited model does with a case, as far as later measurements compare with it. */
export interface Baseline extends BaselineCell {
  readonly stays: TextBaseline;
}

/** An edit, or why there is none. */
export type Attempt =
  | { readonly edit: Edit; readonly seconds: number; readonly error?: undefined }
  | { readonly edit?: undefined; readonly error: CellError };

/**
 * What an editor says of a request that it cannot write, now and whenever it is asked again. A device, a disk or a server
 * that fails is none: kept as a finished part, it would be read back for good.
 */
const refusals: ReadonlySet<MokusErrorCode> = new Set(['input', 'prompt', 'site', 'edit', 'base-model', 'unsupported']);

/** One call of `compareEditors`: what its parts share. */
export class BenchRun {
  readonly textEncoder: TextEncoder;
  readonly pipeline: TextToImagePipeline | undefined;
  readonly edits: EditStack;
  readonly signal: AbortSignal | undefined;
  readonly cells: CellRunner;
  readonly #baselines = new Map<EditCase, Baseline>();
  readonly #velocities = new Map<EditCase, Promise<VelocityReference>>();

  constructor(
    model: TextToImagePipeline | TextEncoder,
    readonly plan: ComparePlan,
    /** What identifies the model: the text encoder's weights, and the adapters that act on the transformer. */
    state: { readonly fingerprint: string; readonly adapters: string | undefined },
    readonly store: CellStore,
    total: number,
    private readonly options: RunOptions,
  ) {
    this.pipeline = 'components' in model ? model : undefined;
    this.textEncoder = 'components' in model ? model.components.textEncoder : model;
    this.edits = new EditStack(this.textEncoder);
    this.signal = options.signal;
    const { velocity, model: imageModel } = plan.pictures ?? {};
    const common = { format: 1, ...state, imageModel, velocity, ...settingsOf(plan, this.pipeline) };
    this.cells = new CellRunner(store, common, total, options);
  }

  /** Measures the unedited model: called for every case before an edit is applied. */
  async measureBaseline(each: EditCase): Promise<Baseline> {
    const baseline = await this.cells.run(['before', each.id], each, async (name): Promise<Baseline> => {
      const stays = await textBaseline(this.textEncoder, each, this.textOptions);
      const text = await measureText(this.textEncoder, each, stays, this.textOptions);
      const drawn = await this.draw(each);
      const pictures = await this.keep(name, each, drawn);
      return { case: each.id, text, stays, pictures };
    });
    this.#baselines.set(each, baseline);
    return baseline;
  }

  /** What {@link measureBaseline} found. */
  baseline(each: EditCase): Baseline {
    return this.#baselines.get(each)!;
  }

  /** The pictures that a baseline kept. */
  private async picturesBefore({ pictures }: BaselineCell): Promise<RawImage[]> {
    const all: RawImage[] = [];
    for (const { picture = '' } of pictures) {
      const found = await this.store.readPicture(picture);
      if (found === undefined) {
        throw new MokusError(
          'checkpoint',
          `the picture ${picture} of a finished part is gone; start with an empty store`,
          {
            file: picture,
          },
        );
      }
      all.push(found);
    }
    return all;
  }

  async text(each: EditCase, { stays }: Baseline): Promise<TextOutcome> {
    return measureText(this.textEncoder, each, stays, this.textOptions);
  }

  /** Draws the case's pictures and judges them; those of a case that is `shown` are kept under the cell's name. */
  async pictures(each: EditCase, baseline: Baseline, shownAs: string | undefined): Promise<ReportedPicture[]> {
    if (this.pipeline === undefined) return [];
    const tasks = this.tasks(each);
    const after = await this.draw(each);
    const before = await this.picturesBefore(baseline);
    const { scorer } = this.plan.pictures ?? {};
    const { answer } = each.request;
    const images = after.map(({ image }) => image);
    const judged = await judgePictures(scorer, answer, tasks, before, images, { signal: this.signal });
    const kept = shownAs === undefined ? [] : await this.keep(shownAs, each, after);
    return judged.map((outcome, at) => {
      const text = after[at]?.recalled;
      const recalled = text === undefined ? undefined : { text, namesAnswer: namesAnswer(text, answer) };
      return { ...outcome, recalled, picture: kept[at]?.picture };
    });
  }

  private async draw(each: EditCase): Promise<DrawnPicture[]> {
    if (this.pipeline === undefined) return [];
    return drawRecalling(this.pipeline, this.tasks(each), drawSettingsOf(this.plan), { signal: this.signal });
  }

  private async keep(name: string, each: EditCase, pictures: readonly DrawnPicture[]): Promise<ReportedPicture[]> {
    const kept: ReportedPicture[] = [];
    for (const [at, { image }] of pictures.entries()) {
      await this.store.writePicture(`${name}.${at}`, image);
      kept.push({ ...this.tasks(each)[at]!, picture: `${name}.${at}` });
    }
    return kept;
  }

  /** Measured on the unedited model, once a case. */
  velocity(each: EditCase): Promise<VelocityReference> | undefined {
    const { pipeline, plan } = this;
    if (pipeline === undefined || plan.pictures?.velocity === false) return undefined;
    const { steps, height, width } = drawSettingsOf(plan);
    const known = this.#velocities.get(each);
    if (known !== undefined) return known;
    const options = { signal: this.signal, naturalPrompt: plan.naturalPrompt, picture: { steps, height, width } };
    const reference = answerVelocities(pipeline, each, options);
    this.#velocities.set(each, reference);
    return reference;
  }

  /** Makes an edit, timed. An editor that refuses is part of the comparison; what is cancelled or breaks is not. */
  async attempt(
    create: EditorVariant['create'],
    objective: EditObjective,
    requests: readonly EditRequest[],
  ): Promise<Attempt> {
    const { signal } = this;
    try {
      const editor = await create();
      const started = performance.now();
      const edit = await editor.edit(this.textEncoder, requests, {
        objective,
        template: this.plan.template,
        signal,
        onProgress: this.options.onProgress,
      });
      return { edit, seconds: (performance.now() - started) / 1000 };
    } catch (error) {
      if (!MokusError.isInstance(error) || !refusals.has(error.code)) throw error;
      return { error: { code: error.code, message: error.message } };
    }
  }

  private get textOptions(): MeasureTextOptions {
    const { template, fluencyTokens } = this.plan;
    return { template, fluencyTokens, signal: this.signal };
  }

  private tasks(each: EditCase): PictureTask[] {
    return pictureTasks(each, this.plan.pictures?.seeds ?? [0]);
  }
}
