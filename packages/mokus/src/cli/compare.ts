import { comparisonTable } from '@mokus/bench';
import { MokusError, type ProgressEvent } from '@mokus/core';
import type { CommandDef } from 'citty';
import { type RunComparisonOptions, runComparison } from '../compare/run-comparison.js';
import { wholeNumber, wholeNumbers, words } from './options.js';
import { cliCommand } from './run-cli.js';

const args = {
  facts: {
    type: 'string',
    required: true,
    valueHint: 'file',
    description: 'JSON: [{ question, answer, ... }], CounterFact, ZsRE or UniKE',
  },
  model: { type: 'string', description: 'A folder or hub id. Default: the embedded emoji-world', valueHint: 'folder' },
  revision: { type: 'string', description: 'Of a hub id: a branch, tag or commit', valueHint: 'main' },
  editors: {
    type: 'string',
    description:
      'By commas; an unknown one is answered with all. Default: ultraEdit,fineTuning, or none with --hparams',
  },
  hparams: { type: 'string', description: "EasyEdit's YAML files by commas, each an editor", valueHint: 'memit.yaml' },
  objectives: {
    type: 'string',
    default: 'answer,conditioning',
    description: 'By commas; an unknown one is answered with all',
  },
  out: { type: 'string', default: 'mokus-compare', description: 'Folder of the reports; a run goes on in it' },
  limit: { type: 'string', description: 'The first so many facts', valueHint: '10' },
  seeds: { type: 'string', description: 'Of pictures', valueHint: '0,1' },
  steps: { type: 'string', description: 'Denoising steps', valueHint: '16' },
  size: { type: 'string', description: 'Pixels of a side', valueHint: '1024' },
  recall: { type: 'boolean', default: false, description: 'Draw after the model has said what the prompt refers to' },
  retention: { type: 'string', description: 'Measure after so many edits', valueHint: '1,10,100' },
  joint: { type: 'boolean', default: false, description: 'Of retention: all in one call too' },
  preset: { type: 'string', description: "Names the editors' settings", valueHint: 'qwen2.5-vl-7b' },
  corpus: { type: 'string', description: 'General prompts, one a line, that edits leave alone', valueHint: 'file' },
  judge: { type: 'string', description: 'OpenAI-compatible endpoint; its key in MOKUS_JUDGE_KEY', valueHint: 'url' },
  json: { type: 'boolean', default: false, description: 'Print the whole report as JSON' },
  'judge-model': { type: 'string', description: 'The vision model there', valueHint: 'name' },
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
      editors: words(given.editors ?? (given.hparams === undefined ? 'ultraEdit,fineTuning' : '')),
      hparams: given.hparams === undefined ? undefined : words(given.hparams),
      objectives: words(given.objectives),
      out: given.out,
      limit: wholeNumber('limit', given.limit),
      seeds: wholeNumbers('seeds', given.seeds),
      steps: wholeNumber('steps', given.steps),
      size: wholeNumber('size', given.size),
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
  if (baseUrl === undefined) return undefined;
  if (model === undefined) throw new MokusError('input', '--judge needs --judge-model', { field: 'judge-model' });
  return { baseUrl, model, apiKey: process.env.MOKUS_JUDGE_KEY };
}
