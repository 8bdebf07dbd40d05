import {
  type ConceptImage,
  type Customization,
  type CustomizationMethod,
  type Json,
  type LoraAdapter,
  MokusError,
  type ProgressListener,
  type RawImage,
  type RunOptions,
  sha256,
  type TextToImagePipeline,
  throwIfCancelled,
} from '@mokus/core';
import { CellRunner } from '../compare/cell-runner.js';
import { type CellStore, memoryCellStore } from '../compare/cell-store.js';
import { jsonDigest } from '../compare/digest.js';
import { deltasState } from '../compare/model-state.js';
import { drawRecord, jsonOf } from '../compare/settings.js';
import { type DrawSettings, drawPictures } from '../pictures/draw.js';
import { type KnowCusConcept, type KnowCusJob, knowCusJobs, knowCusSeeds } from './benchmark.js';
import { type KnowCusReference, type KnowCusScorer, type KnowCusScores, knowCusMetrics } from './metrics.js';

/** A method under the name that it has in the report. */
export interface KnowCusMethod {
  readonly name: string;
  /** Its hyper-parameters: another value is another cell. */
  readonly options?: Json | undefined;
  /** A new one for each concept. */
  readonly create: (concept: KnowCusConcept) => CustomizationMethod | Promise<CustomizationMethod>;
  /** How the concept looks, where that was learned before, so that facts alone are bound. */
  readonly lora?: ((concept: KnowCusConcept) => Promise<LoraAdapter | undefined>) | undefined;
  /** How many of each concept's facts, from the first. Default: all. */
  readonly facts?: number | undefined;
}

export interface KnowCusPlan {
  readonly methods: readonly KnowCusMethod[];
  readonly concepts: readonly KnowCusConcept[];
  /** What a concept is learned from, with captions. */
  readonly images: (concept: KnowCusConcept) => Promise<readonly ConceptImage[]>;
  /** What drawn pictures are compared with. Default: those that it is learned from. */
  readonly references?: ((concept: KnowCusConcept) => Promise<readonly RawImage[]>) | undefined;
  /** Default: five, as the paper. */
  readonly seeds?: readonly number[] | undefined;
  readonly draw?: DrawSettings | undefined;
  readonly scorer?: KnowCusScorer | undefined;
  /** What else is to be kept of a picture, as JSON, and the name that its cells are found by. */
  readonly judge?: { readonly name: string; readonly judge: (picture: RawImage, job: KnowCusJob) => Json } | undefined;
  /** What else is measured while the concept is in place, as JSON; another name is another cell. */
  readonly besides?:
    | {
        readonly name: string;
        readonly measure: (concept: KnowCusConcept, run: RunOptions) => Promise<Json>;
      }
    | undefined;
  /** Keep the pictures of so many concepts for the report. Default: 0. */
  readonly shown?: number | undefined;
  /** Called with what a method made, before it is measured. */
  readonly onCustomized?: ((concept: KnowCusConcept, customization: Customization) => Promise<void>) | undefined;
}

export interface KnowCusOptions extends RunOptions {
  /** Keeps every finished cell, so that an interrupted run goes on where it stopped. Default: memory. */
  readonly store?: CellStore | undefined;
}

export interface KnowCusPicture extends KnowCusJob {
  readonly scores: KnowCusScores;
  /** What the plan's judge said. */
  readonly seen?: Json | undefined;
  /** Name of the picture in the store; undefined where it was not kept. */
  readonly picture?: string | undefined;
}

/** One concept, customized by one method. */
export interface KnowCusCell {
  readonly method: string;
  readonly concept: string;
  /** Wall time until the looks were learned; null where they were given. */
  readonly learnSeconds: number | null;
  /** Wall time of the rest: binding facts. Null for a method that makes no edit. */
  readonly bindSeconds: number | null;
  readonly pictures: readonly KnowCusPicture[];
  readonly besides?: Json | undefined;
}

/**
 * Runs KnowCusBench: methods x concepts x their prompts x seeds. Each concept is customized alone, put in place, drawn and
 * measured, and taken off. Reports `compare` progress for each cell, and the methods' own.
 *
 * With the same store, a run that was interrupted, even killed, goes on where it stopped. A cell is found again by its
 * method, options, concept, its pictures and captions, seeds, settings and model, with the edits and adapters that were in
 * place.
 *
 * Throws MokusError `input` (no methods, no concepts), `cancelled`, and what a method, drawing, a scorer or the store
 * throws. The pipeline is left as it was.
 */
export async function runKnowCus(
  pipeline: TextToImagePipeline,
  plan: KnowCusPlan,
  { store = memoryCellStore(), ...run }: KnowCusOptions = {},
): Promise<KnowCusCell[]> {
  const { methods, concepts, seeds = knowCusSeeds, shown = 0 } = plan;
  for (const [field, list] of Object.entries({ methods, concepts, seeds })) {
    if (list.length === 0)
      throw new MokusError('input', `runKnowCus: there are no ${field}; give one at least`, { field });
  }
  const { textEncoder, dit } = pipeline.components;
  const common = jsonOf({
    format: 1,
    textEncoder: await textEncoder.fingerprint(),
    transformer: await dit.fingerprint(),
    inPlace: await deltasState(textEncoder, dit),
    seeds,
    draw: drawRecord(pipeline, plan.draw ?? {}),
    scorer: plan.scorer?.name,
    judge: plan.judge?.name,
    besides: plan.besides?.name,
  });
  const cells = new CellRunner(store, common, methods.length * concepts.length, run);
  const results: KnowCusCell[] = [];
  for (const [at, concept] of concepts.entries()) {
    const images = await plan.images(concept);
    const looks = await digestOf(images);
    for (const method of methods) {
      const { name, options, facts } = method;
      const decides = jsonOf({ name, options, facts, concept, looks });
      results.push(
        await cells.run(['knowcus', name, concept.name], decides, (cell) =>
          measure(pipeline, plan, method, concept, { ...run, store, images, keepAs: at < shown ? cell : undefined }),
        ),
      );
    }
  }
  return results;
}

/** A sha256 (hex) of pictures with their captions. */
async function digestOf(images: readonly ConceptImage[]): Promise<string> {
  const parts: Json[] = [];
  for (const { image, captions } of images) {
    const { data, width, height } = image;
    const pixels = await sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    parts.push(jsonOf({ width, height, pixels, captions }));
  }
  return jsonDigest(parts);
}

interface MeasureOptions extends RunOptions {
  /** Of the concept. */
  readonly images: readonly ConceptImage[];
  readonly store: CellStore;
  readonly keepAs: string | undefined;
}

async function measure(
  pipeline: TextToImagePipeline,
  plan: KnowCusPlan,
  method: KnowCusMethod,
  concept: KnowCusConcept,
  { store, images: learnFrom, keepAs, ...run }: MeasureOptions,
): Promise<KnowCusCell> {
  const { name, facts = concept.facts.length, create } = method;
  const { anchor, className } = concept;
  const lora = await method.lora?.(concept);
  const subject = {
    name: concept.name,
    anchor,
    className,
    images: lora === undefined ? learnFrom : [],
    facts: concept.facts.slice(0, facts).map(({ question }) => ({ question })),
    ...(lora === undefined ? {} : { lora }),
  };
  const maker = await create(concept);
  const clock = new StageClock(run.onProgress);
  const customization = await maker.customize(pipeline, subject, { ...run, onProgress: clock.listener });
  const times = clock.times(customization.edit !== undefined);
  await plan.onCustomized?.(concept, customization);
  return inPlace(pipeline, customization, concept.name, async () => {
    const jobs = knowCusJobs([concept], { seeds: plan.seeds, facts });
    const drawn = await drawPictures(pipeline, jobs, plan.draw, run);
    const references = (await plan.references?.(concept)) ?? learnFrom.map(({ image }) => image);
    const pictures: KnowCusPicture[] = [];
    for (const [at, job] of jobs.entries()) {
      throwIfCancelled(run.signal, 'measuring pictures');
      const picture = drawn[at]!;
      const scores = await scoresOf(picture, { job, pictures: references }, plan.scorer, run);
      const kept = keepAs === undefined ? undefined : `${keepAs}.${at}`;
      if (kept !== undefined) await store.writePicture(kept, picture);
      pictures.push({ ...job, scores, seen: plan.judge?.judge(picture, job), picture: kept });
    }
    const besides = await plan.besides?.measure(concept, run);
    return { method: name, concept: concept.name, ...times, pictures, besides };
  });
}

/** Tells the stages of a method apart by what it reports. */
class StageClock {
  readonly listener: ProgressListener;
  readonly #started = performance.now();
  #learned: number | undefined;

  constructor(outer: ProgressListener | undefined) {
    this.listener = (event) => {
      if (event.kind === 'learn') this.#learned = performance.now();
      outer?.(event);
    };
  }

  times(edits: boolean): Pick<KnowCusCell, 'learnSeconds' | 'bindSeconds'> {
    const learned = this.#learned ?? this.#started;
    return {
      learnSeconds: this.#learned === undefined ? null : (learned - this.#started) / 1000,
      bindSeconds: edits ? (performance.now() - learned) / 1000 : null,
    };
  }
}

async function inPlace<Result>(
  pipeline: TextToImagePipeline,
  { lora, edit }: Customization,
  name: string,
  run: () => Promise<Result>,
): Promise<Result> {
  if (lora !== undefined) await pipeline.addAdapter(name, lora);
  try {
    if (edit === undefined) return await run();
    await pipeline.apply(edit);
    try {
      return await run();
    } finally {
      await pipeline.revert(edit);
    }
  } finally {
    if (lora !== undefined) await pipeline.deleteAdapters(name);
  }
}

async function scoresOf(
  picture: RawImage,
  reference: KnowCusReference,
  scorer: KnowCusScorer | undefined,
  run: RunOptions,
): Promise<KnowCusScores> {
  const scores: Record<string, number | null> = {};
  for (const metric of knowCusMetrics) {
    scores[metric] = (await scorer?.measures[metric]?.(picture, reference, run)) ?? null;
  }
  return scores as KnowCusScores;
}
