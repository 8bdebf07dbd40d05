import { dirname } from 'node:path';
import { aligned, knowCusTable } from '@mokus/bench';
import { MokusError } from '@mokus/core';
import type { CommandDef } from 'citty';
import { editorVariant } from '../compare/variants.js';
import { emojiEdition, fileEdition, type KnowCusEdition } from '../knowcus/editions.js';
import { measuresOf } from '../knowcus/measures.js';
import {
  type BenchmarkMethod,
  type BenchmarkResult,
  benchmarkMethods,
  runBenchmark,
} from '../knowcus/run-benchmark.js';
import type { PretrainedPipeline } from '../pretrained-pipeline.js';
import { recallArg } from './draw-options.js';
import { chosenVariant, editorArgs, readEditor } from './editor-options.js';
import { readTraining, trainingArgs } from './learn-options.js';
import { modelArgs, withModel } from './model-options.js';
import { type Given, wholeNumber, wholeNumbers, words } from './options.js';
import { preparedPicture, readText } from './read-files.js';
import { cliCommand } from './run-cli.js';

const editionArgs = {
  benchmark: {
    type: 'string',
    description: "KnowCusBench's JSON. Default: the edition for the embedded model",
    valueHint: 'file',
  },
  pictures: {
    type: 'string',
    description: "What the JSON's names of pictures are relative to. Default: the JSON's folder",
    valueHint: 'folder',
  },
  size: {
    type: 'string',
    description: "Crops the JSON's pictures to squares of so many pixels, and draws such. Default: as they are",
    valueHint: 'n',
  },
} as const;

const args = {
  ...editionArgs,
  methods: { type: 'string', default: benchmarkMethods.join(','), description: 'By commas', valueHint: 'names' },
  out: {
    type: 'string',
    default: 'mokus-bench',
    description: 'Folder of parts and reports; a run goes on in it',
    valueHint: 'folder',
  },
  limit: { type: 'string', description: 'The first so many concepts. Default: all', valueHint: 'n' },
  seeds: { type: 'string', description: 'Of pictures, by commas. Default: 0,1,2,3,4', valueHint: 'n' },
  'draw-steps': { type: 'string', description: "Denoising steps. Default: the model's", valueHint: 'n' },
  ...recallArg,
  clip: { type: 'string', description: 'CLIP in ONNX for CLIP-I and CLIP-T: a folder or hub id', valueHint: 'folder' },
  segmenter: {
    type: 'string',
    description: 'Segmenter in ONNX for CLIP-I-Seg, beside --clip: a file or hub id',
    valueHint: 'file',
  },
  pick: { type: 'string', description: 'PickScore in ONNX: a folder or hub id', valueHint: 'folder' },
  ...trainingArgs,
  ...editorArgs,
  ...modelArgs,
} as const;

/** `mokus bench`: KnowCusBench. Ctrl-C stops it; the same command goes on. */
export const benchCommand: CommandDef = cliCommand(
  { name: 'bench', description: 'KnowCusBench: customization methods on concepts, prompts and seeds' },
  args,
  async (given, run) => {
    const choice = await readEditor(given);
    const methods = words(given.methods).map(methodNamed);
    const size = wholeNumber('size', given.size, 1);
    const training = await readTraining(given);
    const numbers = {
      limit: wholeNumber('limit', given.limit, 1),
      seeds: wholeNumbers('seeds', given.seeds),
      steps: wholeNumber('draw-steps', given['draw-steps'], 1),
    };
    const { clip, segmenter, pick, recall } = given;
    const scorer = await measuresOf({ clip, segmenter, pick }, run);
    const edition = await editionOf(given, size, training.learn.captions);
    const running = async (pipeline: PretrainedPipeline): Promise<BenchmarkResult> => {
      const { textEncoder } = pipeline.components;
      return runBenchmark(pipeline, {
        edition,
        methods,
        ...chosenVariant(choice, pipeline, run),
        tuning: editorVariant('fineTuning', { textEncoder, preset: choice.settings.preset, corpus: [] }),
        ...training,
        scorer,
        recall,
        ...numbers,
        size,
        out: given.out,
        ...run,
      });
    };
    const result = await withModel(given, run, running, choice.roles);
    const { summary, shown, json, html } = result;
    return { text: `${tableOf(result)}\n\n${html}\n${json}`, json: { summary, shown, files: [json, html] } };
  },
  { goesOn: true },
);

/** The paper's table, with what the edition tells. */
function tableOf({ summary, shown }: BenchmarkResult): string {
  const [head = [], ...rows] = knowCusTable(summary);
  if (shown === undefined) return aligned([head, ...rows]);
  const share = (method: string): string => `${(100 * (shown[method] ?? 0)).toFixed(1)} %`;
  return aligned([[...head, 'concept shown'], ...rows.map((row, at) => [...row, share(summary[at]?.method ?? '')])]);
}

async function editionOf(
  { benchmark, pictures, model }: Given<typeof editionArgs & typeof modelArgs>,
  size: number | undefined,
  captions: readonly string[] = [],
): Promise<KnowCusEdition> {
  if (benchmark !== undefined) {
    const json = await readText(benchmark);
    return fileEdition(json, pictures ?? dirname(benchmark), (file) => preparedPicture(file, size));
  }
  const refuse = (field: string, why: string): MokusError =>
    new MokusError('input', `${why}; give --benchmark too`, { field });
  if (pictures !== undefined) throw refuse('pictures', '--pictures are those of a benchmark');
  if (size !== undefined) throw refuse('size', 'the edition in the box has a size of its own');
  if (model !== undefined) throw refuse('model', 'the edition in the box is for the embedded model');
  return emojiEdition(captions);
}

function methodNamed(name: string): BenchmarkMethod {
  const method = benchmarkMethods.find((each) => each === name);
  if (method !== undefined) return method;
  const message = `'${name.slice(0, 50)}' is none of the methods ${benchmarkMethods.join(', ')}`;
  throw new MokusError('input', message, { field: 'methods' });
}
