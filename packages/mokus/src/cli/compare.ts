import { comparisonTable } from '@mokus/bench';
import { MokusError, type ProgressEvent } from '@mokus/core';
import { type CommandDef, defineCommand } from 'citty';
import { type RunComparisonOptions, runComparison } from '../compare/run-comparison.js';

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
  'judge-model': { type: 'string', description: 'The vision model there', valueHint: 'name' },
} as const;

/**
 * `mokus compare`: runs {@link runComparison}, prints its table and where the reports are; parts as they finish go to
 * stderr. The first Ctrl-C stops it; the same command goes on. Leaves with status 1 and one line when it is refused.
 */
export const compareCommand: CommandDef<typeof args> = defineCommand({
  meta: { name: 'compare', description: 'What editors do to answers, to pictures and to everything else' },
  args,
  run: async ({ args: given }) => {
    const controller = new AbortController();
    const stop = (): void => controller.abort();
    process.once('SIGINT', stop);
    try {
      const { comparison, json, html } = await runComparison({
        facts: given.facts,
        model: given.model,
        revision: given.revision,
        editors: words(given.editors ?? (given.hparams === undefined ? 'ultraEdit,fineTuning' : '')),
        hparams: given.hparams === undefined ? undefined : words(given.hparams),
        objectives: words(given.objectives),
        out: given.out,
        limit: number('limit', given.limit),
        seeds: numbers('seeds', given.seeds),
        steps: number('steps', given.steps),
        size: number('size', given.size),
        recall: given.recall,
        retention: retentionOf(numbers('retention', given.retention), given.joint),
        preset: given.preset,
        corpus: given.corpus,
        judge: judgeOf(given.judge, given['judge-model']),
        signal: controller.signal,
        onProgress: showProgress,
      });
      console.log(`${comparisonTable(comparison)}\n\n${html}\n${json}`);
    } catch (error) {
      if (!MokusError.isInstance(error)) throw error;
      console.error(`mokus: ${error.message}`);
      process.exitCode = 1;
    } finally {
      process.off('SIGINT', stop);
    }
  },
});

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

function words(text: string): string[] {
  return text.split(',').flatMap((word) => word.trim() || []);
}

function numbers(field: string, text: string | undefined): number[] | undefined {
  return text === undefined ? undefined : words(text).map((word) => number(field, word) as number);
}

function number(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new MokusError('input', `--${field} takes whole numbers, got '${text.slice(0, 50)}'`, { field });
}
