import { aligned, knowCusTable, readKnowCus } from '@mokus/bench';
import { MokusError } from '@mokus/core';
import type { CommandDef } from 'citty';
import { editorVariants } from '../compare/variants.js';
import { type BenchmarkMethod, benchmarkMethods, runBenchmark } from '../knowcus/run-benchmark.js';
import { chosenEditor, editorArgs, requireEditor } from './editor-options.js';
import { learnArgs, learnSettings, readPrior } from './learn-options.js';
import { modelArgs, withModel } from './model-options.js';
import { wholeNumber, wholeNumbers, words } from './options.js';
import { preparedPicture, readText } from './read-files.js';
import { cliCommand } from './run-cli.js';

const { pictures: _, size: _size, ...learning } = learnArgs;

const args = {
  benchmark: { type: 'string', required: true, description: "KnowCusBench's JSON", valueHint: 'file' },
  pictures: {
    type: 'string',
    required: true,
    description: 'What its names of pictures are relative to',
    valueHint: 'folder',
  },
  methods: { type: 'string', default: 'moKus,encFt,naiveDreamBooth', description: 'By commas' },
  out: { type: 'string', default: 'mokus-bench', description: 'Folder of parts and reports; a run goes on in it' },
  limit: { type: 'string', description: 'The first so many concepts', valueHint: '4' },
  seeds: { type: 'string', description: 'Of pictures. Default: 0,1,2,3,4' },
  'draw-steps': { type: 'string', description: "Denoising steps. Default: the model's" },
  size: { type: 'string', description: 'Pixels of a side, of pictures learned and drawn' },
  clip: { type: 'string', description: 'CLIP in ONNX, for CLIP-I and CLIP-T', valueHint: 'folder' },
  segmenter: { type: 'string', description: 'Segmenter in ONNX, for CLIP-I-Seg', valueHint: 'file' },
  pick: { type: 'string', description: 'PickScore in ONNX', valueHint: 'folder' },
  ...learning,
  ...editorArgs,
  ...modelArgs,
} as const;

/** `mokus bench`: KnowCusBench. Ctrl-C stops it; the same command goes on. */
export const benchCommand: CommandDef = cliCommand(
  { name: 'bench', description: 'KnowCusBench: customization methods on concepts, prompts and seeds' },
  args,
  async (given, run) => {
    requireEditor(given);
    const methods = words(given.methods).map(methodNamed);
    const concepts = readKnowCus(await readText(given.benchmark)).slice(0, wholeNumber('limit', given.limit));
    const size = wholeNumber('size', given.size);
    const prior = await readPrior(given.prior);
    const learn = await learnSettings(given, given.model === undefined);
    const { summary, json, html } = await withModel(given, run, async (pipeline, isEmbedded) => {
      const { textEncoder } = pipeline.components;
      const preset = given.preset ?? (isEmbedded ? 'emoji-world' : undefined);
      const [tuning] = editorVariants(['fineTuning'], { textEncoder, preset, corpus: [] });
      if (tuning === undefined) throw new MokusError('unsupported', 'there is no fine-tuning here');
      return runBenchmark(pipeline, {
        concepts,
        pictures: given.pictures,
        methods,
        ...(await chosenEditor(given, pipeline, isEmbedded, run)),
        tuning: await tuning.create(),
        learn,
        prior,
        models: { clip: given.clip, segmenter: given.segmenter, pick: given.pick },
        seeds: wholeNumbers('seeds', given.seeds),
        steps: wholeNumber('draw-steps', given['draw-steps']),
        size,
        out: given.out,
        readPicture: (file) => preparedPicture(file, size),
        ...run,
      });
    });
    return { text: `${aligned(knowCusTable(summary))}\n\n${html}\n${json}`, json: { summary, files: [json, html] } };
  },
);

function methodNamed(name: string): BenchmarkMethod {
  const method = benchmarkMethods.find((each) => each === name);
  if (method !== undefined) return method;
  const message = `'${name.slice(0, 50)}' is none of the methods ${benchmarkMethods.join(', ')}`;
  throw new MokusError('input', message, { field: 'methods' });
}
