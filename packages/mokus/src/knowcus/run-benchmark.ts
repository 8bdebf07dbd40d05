import { join } from 'node:path';
import {
  type EditorVariant,
  type KnowCusCell,
  type KnowCusConcept,
  type KnowCusMethod,
  type KnowCusScorer,
  type KnowCusSummary,
  runKnowCus,
  summariseKnowCus,
} from '@mokus/bench';
import { fileCellStore } from '@mokus/bench/node';
import { knowCusHtml } from '@mokus/bench/report';
import { writeFileWhole } from '@mokus/checkpoint/node';
import { conceptPrior, type LearnHow, moKus, naiveDreamBooth, type PriorExample } from '@mokus/concepts';
import type { EditObjective, GenerateOptions, Json, RunOptions, TextToImagePipeline } from '@mokus/core';
import { encodePng, readImage } from '../images.js';
import { jsonOf } from '../json-of.js';
import type { KnowCusEdition } from './editions.js';

/** Methods by the names that `--methods` takes. */
export const benchmarkMethods = ['moKus', 'encFt', 'naiveDreamBooth'] as const;
export type BenchmarkMethod = (typeof benchmarkMethods)[number];

export interface BenchmarkOptions extends RunOptions {
  readonly edition: KnowCusEdition;
  /** How many of its concepts, from the first. Default: all. */
  readonly limit?: number | undefined;
  readonly methods: readonly BenchmarkMethod[];
  readonly editor: EditorVariant;
  readonly objective: EditObjective;
  /** The editor of Enc-FT. */
  readonly tuning: EditorVariant;
  readonly learn: LearnHow;
  readonly prior?: readonly string[] | undefined;
  /** Default: nothing is measured. */
  readonly scorer?: KnowCusScorer | undefined;
  readonly seeds?: readonly number[] | undefined;
  readonly steps?: number | undefined;
  readonly size?: number | undefined;
  /** Draw after recalling what a prompt refers to. Default: false. */
  readonly recall?: GenerateOptions['recall'];
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
  pipeline: TextToImagePipeline,
  { edition, out, seeds, steps, size, recall, scorer, signal, onProgress, ...options }: BenchmarkOptions,
): Promise<BenchmarkResult> {
  const { images, references, judge } = edition;
  const concepts = edition.concepts.slice(0, options.limit);
  const store = await fileCellStore(out, { encodePicture: encodePng, decodePicture: readImage });
  const priorOf = sharedPrior(pipeline, { edition, ...options }, { signal, onProgress });
  const methods = options.methods.map((name) => methodNamed(name, options, priorOf));
  const draw = { steps, height: size, width: size, recall };
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

type PriorOf = (concept: KnowCusConcept) => Promise<readonly PriorExample[]>;

/** What is to be kept while a concept is learned: drawn once for all methods, and all concepts that keep the same. */
function sharedPrior(
  pipeline: TextToImagePipeline,
  { edition, learn, prior }: Pick<BenchmarkOptions, 'edition' | 'learn' | 'prior'>,
  run: RunOptions,
): PriorOf {
  const drawn = new Map<string, Promise<readonly PriorExample[]>>();
  const { captions, priorShare } = learn;
  return async ({ className, ...concept }) => {
    const images = await edition.images({ className, ...concept });
    const looks = images.map(({ image: { width, height }, captions: own }) => [width, height, own]);
    const key = JSON.stringify([className, looks]);
    const known =
      drawn.get(key) ?? conceptPrior(pipeline, { className, images, prior }, { captions, priorShare, ...run });
    drawn.set(key, known);
    return known;
  };
}

type MethodOptions = Pick<BenchmarkOptions, 'editor' | 'objective' | 'tuning' | 'learn' | 'prior'>;

function methodNamed(name: BenchmarkMethod, options: MethodOptions, priorOf: PriorOf): KnowCusMethod {
  const { editor, objective, tuning, learn, prior } = options;
  const aim = { name: objective.name, options: objective.options };
  // Everything that decides what a method makes: another value is another part.
  const settings = (variant?: EditorVariant): Json =>
    jsonOf({ learn, prior, ...(variant && { editor: variant.name, settings: variant.options, aim }) });
  const bound = (variant: EditorVariant): KnowCusMethod => ({
    name,
    options: settings(variant),
    create: async (concept) =>
      moKus({ name, editor: await variant.create(), objective, learn, prior: await priorOf(concept) }),
  });
  switch (name) {
    case 'moKus':
      return bound(editor);
    case 'encFt':
      return bound(tuning);
    case 'naiveDreamBooth':
      return {
        name,
        options: settings(),
        create: async (concept) => naiveDreamBooth({ learn, prior: await priorOf(concept) }),
      };
  }
}

function writeText(file: string, text: string): Promise<void> {
  return writeFileWhole(file, [new TextEncoder().encode(text)]);
}
