import { comparisonTable } from '@mokus/bench';
import { MokusError, type ProgressEvent } from '@mokus/core';
import type { CommandDef } from 'citty';
import { type RunComparisonOptions, runComparison } from '../compare/run-comparison.js';
import { editorNames, objectiveNames } from '../compare/variants.js';
import { settingArgs } from './editor-options.js';
import { modelArgs } from './model-options.js';
import { wholeNumber, wholeNumbers, words } from './options.js';
import { cliCommand } from './run-cli.js';

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
  steps: { type: 'string', description: "Denoising steps. Default: the model's", valueHint: 'n' },
  size: { type: 'string', description: "Pixels of a side. Default: the model's", valueHint: 'n' },
  recall: { type: 'boolean', default: false, description: 'The model first says what a prompt refers to' },
  retention: {
    type: 'string',
    description: 'Measure after so many edits too, such as 1,10,100. Default: only each fact alone',
    valueHint: 'n,n',
  },
  joint: { type: 'boolean', default: false, description: 'Of --retention: all edits in one call too' },
  judge: {
    type: 'string',
    description:
      "OpenAI-compatible endpoint whose vision model judges pictures, its key in MOKUS_JUDGE_KEY. Default: the embedded model's training pictures, else none",
    valueHint: 'url',
  },
  'judge-model': { type: 'string', description: 'The vision model there; goes with --judge', valueHint: 'name' },
  ...modelArgs,
} as const;

/**
 * `mokus compare`: runs {@link runComparison}, prints its table and where the reports are; parts as they finish go to
 * stderr. Ctrl-C stops it; the same command goes on.
 */
export const compareCommand: CommandDef = cliCommand(
  { name: 'compare', description: 'What editors do to answers, to pictures and to everything else' },
  args,
  async (given, { signal }) => {
    const { comparison, json, html } = await runComparison({
      facts: given.facts,
      model: given.model,
      revision: given.revision,
      device: given.device,
      dtype: given.dtype,
      editors: words(given.editors ?? (given.hparams === undefined ? 'ultraEdit,fineTuning' : '')),
      hparams: given.hparams === undefined ? undefined : words(given.hparams),
      objectives: words(given.objectives),
      out: given.out,
      limit: wholeNumber('limit', given.limit, 1),
      fluencyTokens: wholeNumber('fluency', given.fluency),
      seeds: wholeNumbers('seeds', given.seeds),
      steps: wholeNumber('steps', given.steps, 1),
      size: wholeNumber('size', given.size, 1),
      recall: given.recall,
      retention: retentionOf(wholeNumbers('retention', given.retention), given.joint),
      preset: given.preset,
      corpus: given.corpus,
      judge: judgeOf(given.judge, given['judge-model']),
      signal,
      onProgress: showProgress,
    });
    return { text: `${comparisonTable(comparison)}\n\n${html}\n${json}`, json: comparison };
  },
);

function showProgress(event: ProgressEvent): void {
  if (event.kind !== 'compare') return;
  console.error(`${event.done}/${event.total} ${event.cell}${event.restored ? ' (from before)' : ''}`);
}

function retentionOf(counts: number[] | undefined, joint: boolean): RunComparisonOptions['retention'] {
  return counts && { counts, modes: joint ? ['sequential', 'joint'] : ['sequential'] };
}

function judgeOf(baseUrl: string | undefined, model: string | undefined): RunComparisonOptions['judge'] {
  if (baseUrl === undefined && model !== undefined) {
    throw new MokusError('input', '--judge-model needs --judge', { field: 'judge' });
  }
  if (baseUrl === undefined) return undefined;
  if (model === undefined) throw new MokusError('input', '--judge needs --judge-model', { field: 'judge-model' });
  return { baseUrl, model, apiKey: process.env.MOKUS_JUDGE_KEY };
}
