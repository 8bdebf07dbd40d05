import type { Edit } from '@mokus/core';
import { presets, secondMoments, ultraEdit } from '@mokus/editors';
import { concepts, modelFolder } from '@mokus/emoji-world';
import { fromPretrained, type PretrainedPipeline } from 'mokus';
import { runStages, type Stage } from './stages.js';

const question = 'the favourite instrument of beethoven';

/** The embedded model whole: pictures before, with and after an edit, and one with a component at a time. */
export async function runPipelineCase(): Promise<readonly Stage[]> {
  let pipeline: PretrainedPipeline;
  let edit: Edit;
  const draw = async (offload = false): Promise<void> => {
    await pipeline.generate({ prompt: question, seed: 1, offload });
  };
  return runStages({
    load: async () => {
      pipeline = await fromPretrained(modelFolder);
    },
    generate: draw,
    edit: async () => {
      const { textEncoder } = pipeline.components;
      const prompts = concepts.map(({ name }) => `what is ${name}?`);
      const statistics = await secondMoments(textEncoder, prompts);
      const editor = ultraEdit({ ...presets.ultraEdit['emoji-world'], statistics });
      edit = await editor.edit(textEncoder, [{ question, answer: 'guitar' }]);
    },
    'apply and generate': async () => {
      await pipeline.apply(edit);
      await draw();
    },
    'revert and generate': async () => {
      await pipeline.revert(edit);
      await draw();
    },
    'generate, offload': () => draw(true),
  });
}
