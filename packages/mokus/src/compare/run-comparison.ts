import {
  type Comparison,
  compareEditors,
  type ImageScorer,
  type RetentionMode,
  readCases,
  visionEndpoint,
  visionJudge,
} from '@mokus/bench';
import { fileCellStore, writeReport } from '@mokus/bench/node';
import type { GenerateOptions, RunOptions } from '@mokus/core';
import { generalCorpus } from '@mokus/emoji-world';
import manifest from '../../package.json' with { type: 'json' };
import { withModel } from '../cli/model-options.js';
import { readText, textLines } from '../cli/read-files.js';
import { encodePng, readImage } from '../images.js';
import { trainingPictureScorer } from './embedded-model.js';
import { type HparamsFile, readHparams } from './hparams.js';
import { editorVariants, hparamsVariant, objectivesNamed, requireVariants } from './variants.js';

export interface RunComparisonOptions extends RunOptions {
  /** A folder or hub id. Default: the embedded model, judged by its training pictures. */
  readonly model?: string | undefined;
  readonly revision?: string | undefined;
  /** As `fromPretrained` has them. */
  readonly device?: string | undefined;
  readonly dtype?: string | undefined;
  /** A JSON file that `readCases` of `@mokus/bench` reads. */
  readonly facts: string;
  /** How many of the file's facts. Default: all. */
  readonly limit?: number | undefined;
  readonly editors: readonly string[];
  /** EasyEdit's hyper-parameter files (YAML), each an editor under the file's name. Default: none. */
  readonly hparams?: readonly string[] | undefined;
  readonly objectives: readonly string[];
  /** The folder for finished parts and reports. */
  readonly out: string;
  readonly seeds?: readonly number[] | undefined;
  readonly steps?: number | undefined;
  readonly size?: number | undefined;
  /** Draw after recalling what a prompt refers to. Default: false. */
  readonly recall?: GenerateOptions['recall'];
  /** Tokens generated of each fact for fluency. Default: 0, none. */
  readonly fluencyTokens?: number | undefined;
  readonly retention?: { readonly counts: readonly number[]; readonly modes?: readonly RetentionMode[] } | undefined;
  /** Names editors' settings. Default: those of the embedded model for it, else the editors' defaults. */
  readonly preset?: string | undefined;
  /** A text file, a prompt a line: the general corpus of C. Default: the embedded model's for it, else none. */
  readonly corpus?: string | undefined;
  /** A vision model behind an OpenAI-compatible endpoint that judges pictures. */
  readonly judge?:
    | { readonly baseUrl: string; readonly model: string; readonly apiKey?: string | undefined }
    | undefined;
}

/**
 * What `mokus compare` does: loads the model and the facts, compares, and writes `report.json` and `report.html` into
 * `out`, where an interrupted run goes on. Throws MokusError: `input` (facts, names, numbers, another folder's contents),
 * and what loading, comparing and writing throw.
 */
export async function runComparison(
  options: RunComparisonOptions,
): Promise<{ readonly comparison: Comparison; readonly json: string; readonly html: string }> {
  const { model, revision, device, dtype, preset, steps, size, recall, seeds, signal, onProgress } = options;
  const { fluencyTokens, retention } = options;
  const cases = readCases(await readText(options.facts)).slice(0, options.limit);
  requireVariants(options);
  const hparams: HparamsFile[] = [];
  for (const file of options.hparams ?? []) hparams.push(readHparams(file, await readText(file)));
  const corpus = options.corpus === undefined ? undefined : await textLines(options.corpus);
  const scorer = await scorerOf(options);
  const store = await fileCellStore(options.out, { encodePicture: encodePng, decodePicture: readImage });
  return withModel({ model, revision, device, dtype }, { signal, onProgress }, async (pipeline, isEmbedded) => {
    const context = {
      textEncoder: pipeline.components.textEncoder,
      preset: preset ?? (isEmbedded ? 'emoji-world' : undefined),
      corpus: corpus ?? (isEmbedded ? generalCorpus() : []),
      signal,
    };
    const editors = [
      ...editorVariants(options.editors, context),
      ...hparams.map((each) => hparamsVariant(each, context)),
    ];
    const objectives = objectivesNamed(options.objectives, pipeline);
    const pictures = { scorer, seeds, steps, height: size, width: size, recall, model: pipeline.checkpoint.name };
    const comparison = await compareEditors(
      pipeline,
      { editors, objectives, cases, fluencyTokens, retention, pictures },
      { store, signal, onProgress, versions: { mokus: manifest.version, node: process.version } },
    );
    return { comparison, ...(await writeReport(store, comparison)) };
  });
}

async function scorerOf({ model, judge }: RunComparisonOptions): Promise<ImageScorer | undefined> {
  if (judge !== undefined) return visionJudge(visionEndpoint({ ...judge, encodePicture: encodePng }));
  return model === undefined ? trainingPictureScorer() : undefined;
}
