import { join } from 'node:path';
import {
  clipMeasures,
  type KnowCusCell,
  type KnowCusMethod,
  type KnowCusScorer,
  type KnowCusSummary,
  runKnowCus,
  summariseKnowCus,
} from '@mokus/bench';
import { fileCellStore, onnxClip, onnxSegmenter } from '@mokus/bench/node';
import { knowCusHtml } from '@mokus/bench/report';
import { writeFileWhole } from '@mokus/checkpoint/node';
import { type LearnHow, moKus, naiveDreamBooth } from '@mokus/concepts';
import { type EditObjective, type Editor, MokusError, type RunOptions } from '@mokus/core';
import * as onnxruntime from 'onnxruntime-node';
import { encodePng, readImage } from '../images.js';
import type { PretrainedPipeline } from '../pretrained-pipeline.js';
import type { KnowCusEdition } from './editions.js';

/** Methods by the names that `--methods` takes. */
export const benchmarkMethods = ['moKus', 'encFt', 'naiveDreamBooth'] as const;
export type BenchmarkMethod = (typeof benchmarkMethods)[number];

/** Folders and files of ONNX models, as the hub has them; a measure without its model is null. */
export interface MeasureModels {
  readonly clip?: string | undefined;
  readonly segmenter?: string | undefined;
  /** PickScore: a CLIP, whose logits are scaled by 100. */
  readonly pick?: string | undefined;
}

export interface BenchmarkOptions extends RunOptions {
  readonly edition: KnowCusEdition;
  /** How many of its concepts, from the first. Default: all. */
  readonly limit?: number | undefined;
  readonly methods: readonly BenchmarkMethod[];
  readonly editor: Editor;
  readonly objective: EditObjective;
  /** The editor of Enc-FT. */
  readonly tuning: Editor;
  readonly learn: LearnHow;
  readonly prior?: readonly string[] | undefined;
  /** Default: nothing is measured. */
  readonly scorer?: KnowCusScorer | undefined;
  readonly seeds?: readonly number[] | undefined;
  readonly steps?: number | undefined;
  readonly size?: number | undefined;
  /** The folder for finished parts and reports; a run goes on in it. */
  readonly out: string;
}

export interface BenchmarkResult {
  readonly summary: readonly KnowCusSummary[];
  /** By method, the share of pictures that show their concept; undefined where the edition cannot tell. */
  readonly shown: Readonly<Record<string, number>> | undefined;
  /** The reports' files. */
  readonly json: string;
  readonly html: string;
}

/**
 * Runs KnowCusBench on a pipeline and writes `knowcus.json` and `knowcus.html` into `out`. Throws MokusError `input` (a
 * picture that cannot be read), and what `runKnowCus` throws.
 */
export async function runBenchmark(
  pipeline: PretrainedPipeline,
  { edition, out, seeds, steps, size, scorer, signal, onProgress, ...options }: BenchmarkOptions,
): Promise<BenchmarkResult> {
  const { images, references, judge } = edition;
  const concepts = edition.concepts.slice(0, options.limit);
  const store = await fileCellStore(out, { encodePicture: encodePng, decodePicture: readImage });
  const methods = options.methods.map((name) => methodNamed(name, options));
  const draw = { steps, height: size, width: size };
  const plan = { methods, concepts, images, references, judge, seeds, draw, scorer, shown: concepts.length };
  const cells = await runKnowCus(pipeline, plan, { store, signal, onProgress });
  const result = { summary: summariseKnowCus(cells), shown: judge && shownBy(cells) };
  const [json, html] = [join(out, 'knowcus.json'), join(out, 'knowcus.html')];
  await writeText(json, `${JSON.stringify({ ...result, cells }, null, 2)}\n`);
  await writeText(html, await knowCusHtml(cells, (name) => store.picturePng(name)));
  return { ...result, json, html };
}

function shownBy(cells: readonly KnowCusCell[]): Record<string, number> {
  const methods = [...new Set(cells.map(({ method }) => method))];
  const share = (name: string): number => {
    const pictures = cells.flatMap(({ method, pictures: own }) => (method === name ? own : []));
    return pictures.filter(({ seen }) => seen === true).length / pictures.length;
  };
  return Object.fromEntries(methods.map((name) => [name, share(name)]));
}

type MethodOptions = Pick<BenchmarkOptions, 'editor' | 'objective' | 'tuning' | 'learn' | 'prior'>;

function methodNamed(name: BenchmarkMethod, options: MethodOptions): KnowCusMethod {
  const { editor, objective, tuning, learn, prior } = options;
  const settings = JSON.parse(JSON.stringify({ learn, prior, editor: editor.name, objective: objective.name }));
  switch (name) {
    case 'moKus':
      return { name, options: settings, create: () => moKus({ editor, objective, learn, prior }) };
    case 'encFt':
      return { name, options: settings, create: () => moKus({ name, editor: tuning, objective, learn, prior }) };
    case 'naiveDreamBooth':
      return { name, options: settings, create: () => naiveDreamBooth({ learn, prior }) };
  }
}

/** The paper's measures, as far as there are models. Throws MokusError `input` (a segmenter without a CLIP), `checkpoint`. */
export async function scorerOf({ clip, segmenter, pick }: MeasureModels): Promise<KnowCusScorer | undefined> {
  if (clip === undefined && segmenter !== undefined) {
    throw new MokusError('input', 'a segmenter is for CLIP-I-Seg, which needs --clip too', { field: 'segmenter' });
  }
  if (clip === undefined && pick === undefined) return undefined;
  return clipMeasures({
    clip: clip === undefined ? undefined : await onnxClip(clip, onnxruntime),
    segment: segmenter === undefined ? undefined : await onnxSegmenter(segmenter, onnxruntime),
    pick: pick === undefined ? undefined : { ...(await onnxClip(pick, onnxruntime)), logitScale: 100 },
  });
}

function writeText(file: string, text: string): Promise<void> {
  return writeFileWhole(file, [new TextEncoder().encode(text)]);
}
