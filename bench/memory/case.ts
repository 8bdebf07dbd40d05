/** A case of the memory benchmark, in a process of its own: node case.ts CASE FOLDER. Prints its stages as JSON. */
import { answerObjective, presets, secondMoments, ultraEdit } from '@mokus/editors';
import { runEncoderCase } from './encoder-case.js';
import { runLearningCase } from './learning-case.js';
import { runPipelineCase } from './pipeline-case.js';
import type { Stage } from './stages.js';
import { transformerSizes } from './transformer.js';

const [name, folder = ''] = process.argv.slice(2);

async function run(): Promise<readonly Stage[]> {
  switch (name) {
    case 'emoji-world':
      return runPipelineCase();
    case 'learning':
      return runLearningCase(folder, 1);
    case 'learning-checkpointed':
      return runLearningCase(folder, transformerSizes.layers);
    case 'smollm2':
      return runEncoderCase({
        folder,
        component: '',
        tokenizer: '',
        options: { template: { prefix: '', suffix: '' }, droppedRows: 0 },
        template: 'raw',
        editor: async (encoder) => {
          const { sites, ...settings } = presets.ultraEdit['smollm2-135m-instruct'];
          const prompts = ['the capital of france is', 'a cat is an animal that'];
          const statistics = await secondMoments(encoder, prompts, { template: 'raw', ...(sites && { sites }) });
          return ultraEdit({ ...settings, ...(sites && { sites }), statistics, objective: answerObjective() });
        },
      });
    default:
      return runEncoderCase({
        folder,
        component: 'text_encoder',
        tokenizer: 'tokenizer',
        template: 'pipeline',
        editor: async () => ultraEdit({ objective: answerObjective() }),
      });
  }
}

console.log(JSON.stringify(await run()));
