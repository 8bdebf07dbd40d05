import {
  type ComparePlan,
  compareEditors,
  comparisonTable,
  type ImageScorer,
  readCases,
  visionEndpoint,
  visionJudge,
} from '@mokus/bench';
import { fileCellStore, writeReport } from '@mokus/bench/node';
import { MokusError, type ProgressEvent } from '@mokus/core';
import type { CommandDef } from 'citty';
import manifest from '../../package.json' with { type: 'json' };
import { trainingPictureScorer } from '../compare/embedded-model.js';
import { type HparamsFile, readHparams } from '../compare/hparams.js';
import {
  editorNames,
  editorVariants,
  hparamsVariant,
  objectiveNames,
  objectivesNamed,
  requireVariants,
} from '../compare/variants.js';
import { encodePng, readImage } from '../images.js';
import type { PretrainedPipeline } from '../pretrained-pipeline.js';
import { drawArgs, drawSettings } from './draw-options.js';
import { readSettings, settingArgs } from './editor-options.js';
import { isEmbedded, modelArgs, withModel } from './model-options.js';
import { type Given, wholeNumber, wholeNumbers, words } from './options.js';
import { readText } from './read-files.js';
import { type CliResult, cliCommand } from './run-cli.js';
import { rolesOfEditors } from './site-roles.js';

const retentionArgs = {
  retention: {
    type: 'string',
    description: 'Measure after so many edits too, such as 1,10,100. Default: only each fact alone',
    valueHint: 'n,n',
  },
  joint: { type: 'boolean', default: false, description: 'Of --retention: all edits in one call too' },
} as const;

const judgeArgs = {
  judge: {
    type: 'string',
    description:
      "OpenAI-compatible endpoint whose vision model judges pictures, its key in MOKUS_JUDGE_KEY. Default: the embedded model's training pictures, else none",
    valueHint: 'url',
  },
  'judge-model': { type: 'string', description: 'The vision model there; goes with --judge', valueHint: 'name' },
} as const;

const args = {
  facts: {
    type: 'string',
    required: true,
    valueHint: 'file',
    description: 'JSON: [{ question, answer, ... }], CounterFact, ZsRE or UniKE',
  },
  editors: {
    type: 'string',
    description: `By commas, of ${editorNames.join(', ')}. Default: ultraEdit,fineTuning, or none with --hparams`,
    valueHint: 'names',
  },
  hparams: {
    type: 'string',
    description: "EasyEdit's YAML files by commas, each an editor. Default: none",
    valueHint: 'files',
  },
  objectives: {
    type: 'string',
    default: 'answer,conditioning',
    description: `By commas, of ${objectiveNames.join(', ')}`,
    valueHint: 'names',
  },
  ...settingArgs,
  out: {
    type: 'string',
    default: 'mokus-compare',
    description: 'Of report.html and report.json; what was interrupted goes on in it',
    valueHint: 'folder',
  },
  limit: { type: 'string', description: 'The first so many facts. Default: all', valueHint: 'n' },
  fluency: {
    type: 'string',
    description: 'Tokens written for each fact to measure fluency. Default: 0',
    valueHint: 'n',
  },
  seeds: { type: 'string', description: 'Of pictures, by commas. Default: 0', valueHint: 'n,n' },
  ...drawArgs,
  ...retentionArgs,
  ...judgeArgs,
  ...modelArgs,
} as const;

/**
 * `mokus compare`: compares editors, prints the table and where the reports are; parts as they finish go to stderr. Ctrl-C
 * stops it; the same command goes on.
 */
export const compareCommand: CommandDef = cliCommand(
  { name: 'compare', description: 'What editors do to answers, to pictures and to everything else' },
  args,
  async (given, { signal }) => {
    const run = { signal, onProgress: showProgress };
    const editorsNamed = words(given.editors ?? (given.hparams === undefined ? 'ultraEdit,fineTuning' : ''));
    const objectives = words(given.objectives);
    const limit = wholeNumber('limit', given.limit, 1);
    const fluencyTokens = wholeNumber('fluency', given.fluency);
    const seeds = wholeNumbers('seeds', given.seeds);
    const draw = drawSettings(given);
    const retention = retentionOf(given);
    const judge = judgeOf(given);
    const cases = readCases(await readText(given.facts)).slice(0, limit);
    requireVariants({ editors: editorsNamed, objectives, preset: given.preset });
    const hparams: HparamsFile[] = [];
    for (const file of words(given.hparams ?? '')) hparams.push(readHparams(file, await readText(file)));
    const settings = await readSettings(given);
    const scorer = judge ?? (isEmbedded(given) ? await trainingPictureScorer() : undefined);
    const store = await fileCellStore(given.out, { encodePicture: encodePng, decodePicture: readImage });
    const comparing = async (pipeline: PretrainedPipeline): Promise<CliResult> => {
      const context = { textEncoder: pipeline.components.textEncoder, ...settings, signal };
      const plan = {
        editors: [...editorVariants(editorsNamed, context), ...hparams.map((each) => hparamsVariant(each, context))],
        objectives: objectivesNamed(objectives, pipeline),
        cases,
        fluencyTokens,
        retention,
        pictures: { scorer, seeds, ...draw, model: pipeline.checkpoint.name },
      };
      const versions = { mokus: manifest.version, node: process.version };
      const comparison = await compareEditors(pipeline, plan, { store, ...run, versions });
      const { json, html } = await writeReport(store, comparison);
      return { text: `${comparisonTable(comparison)}\n\n${html}\n${json}`, json: comparison };
    };
    return withModel(
      given,
      run,
      comparing,
      rolesOfEditors({ editors: editorsNamed, preset: settings.preset, hparams }),
    );
  },
  { goesOn: true },
);

function showProgress(event: ProgressEvent): void {
  if (event.kind !== 'compare') return;
  console.error(`${event.done}/${event.total} ${event.cell}${event.restored ? ' (from before)' : ''}`);
}

function retentionOf({ retention, joint }: Given<typeof retentionArgs>): ComparePlan['retention'] {
  const counts = wholeNumbers('retention', retention);
  if (counts === undefined && joint) {
    throw new MokusError('input', '--joint needs --retention, such as 1,10,100', { field: 'retention' });
  }
  return counts && { counts, modes: joint ? ['sequential', 'joint'] : ['sequential'] };
}

function judgeOf({ judge: baseUrl, 'judge-model': model }: Given<typeof judgeArgs>): ImageScorer | undefined {
  if (baseUrl === undefined && model !== undefined) {
    throw new MokusError('input', '--judge-model needs --judge', { field: 'judge' });
  }
  if (baseUrl === undefined) return undefined;
  if (model === undefined) throw new MokusError('input', '--judge needs --judge-model', { field: 'judge-model' });
  const apiKey = process.env.MOKUS_JUDGE_KEY;
  return visionJudge(visionEndpoint({ baseUrl, model, apiKey, encodePicture: encodePng }));
}
