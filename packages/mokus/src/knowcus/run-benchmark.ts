import { join } from 'node:path';
import {
  clipMeasures,
  type KnowCusCell,
  type KnowCusConcept,
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
import { type ConceptImage, type EditObjective, type Editor, MokusError, type RunOptions } from '@mokus/core';
import * as onnxruntime from 'onnxruntime-node';
import { encodePng, readImage } from '../images.js';
import type { PretrainedPipeline } from '../pretrained-pipeline.js';

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
  readonly concepts: readonly KnowCusConcept[];
  /** The folder that the benchmark's names of pictures are relative to. */
  readonly pictures: string;
  readonly methods: readonly BenchmarkMethod[];
  readonly editor: Editor;
  readonly objective: EditObjective;
  /** The editor of Enc-FT. */
  readonly tuning: Editor;
  readonly learn: LearnHow;
  readonly prior?: readonly string[] | undefined;
  readonly models?: MeasureModels | undefined;
  readonly seeds?: readonly number[] | undefined;
  readonly steps?: number | undefined;
  readonly size?: number | undefined;
  /** The folder for finished parts and reports; a run goes on in it. */
  readonly out: string;
  /** Reads a picture to learn from. */
  readonly readPicture: (file: string) => Promise<ConceptImage['image']>;
}

/**
 * Runs KnowCusBench on a pipeline and writes `knowcus.json` and `knowcus.html` into `out`. Throws MokusError `input` (a
 * picture that cannot be read, a segmenter without a CLIP), and what `runKnowCus` throws.
 */
export async function runBenchmark(
  pipeline: PretrainedPipeline,
  options: BenchmarkOptions,
): Promise<{ readonly summary: readonly KnowCusSummary[]; readonly json: string; readonly html: string }> {
  const { concepts, pictures, seeds, steps, size, out, readPicture, signal, onProgress } = options;
  const store = await fileCellStore(out, { encodePicture: encodePng, decodePicture: readImage });
  const scorer = await scorerOf(options.models ?? {});
  const cells = await runKnowCus(
    pipeline,
    {
      methods: options.methods.map((name) => methodNamed(name, options)),
      concepts,
      images: (concept) =>
        Promise.all(concept.pictures.map(async (name) => ({ image: await readPicture(join(pictures, name)) }))),
      references: (concept) => Promise.all(concept.pictures.map((name) => readImage(join(pictures, name)))),
      seeds,
      draw: { steps, height: size, width: size },
      scorer,
      shown: concepts.length,
    },
    { store, signal, onProgress },
  );
  const summary = summariseKnowCus(cells);
  const [json, html] = [join(out, 'knowcus.json'), join(out, 'knowcus.html')];
  await writeText(json, `${JSON.stringify({ summary, cells } satisfies Report, null, 2)}\n`);
  await writeText(html, await knowCusHtml(cells, (name) => store.picturePng(name)));
  return { summary, json, html };
}

interface Report {
  readonly summary: readonly KnowCusSummary[];
  readonly cells: readonly KnowCusCell[];
}

function methodNamed(name: BenchmarkMethod, options: BenchmarkOptions): KnowCusMethod {
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

async function scorerOf({ clip, segmenter, pick }: MeasureModels): Promise<KnowCusScorer | undefined> {
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
