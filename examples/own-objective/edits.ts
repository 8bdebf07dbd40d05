import type { EditObjective, TextToImagePipeline } from '@mokus/core';
import { fineTuning, memit, presets, ultraEdit } from '@mokus/editors';

const question = 'the favourite instrument of beethoven';
const answer = 'guitar';

/** Editors as they are published in @mokus/editors, without protection so that no statistics are needed. */
const editors = {
  ultraEdit: ultraEdit({ ...presets.ultraEdit['emoji-world'], mu: 0, nu: 0 }),
  memit: memit({ ...presets.memit['emoji-world'], mu: 0, nu: 0 }),
  fineTuning: fineTuning(),
};

/** What the encoder answers after an edit by each editor with the objective. */
export async function answersWith(
  pipeline: TextToImagePipeline,
  objective: EditObjective,
): Promise<Record<string, string>> {
  const { textEncoder } = pipeline.components;
  const answers: Record<string, string> = { before: await textEncoder.generate(question) };
  for (const [name, editor] of Object.entries(editors)) {
    const edit = await editor.edit(textEncoder, [{ question, answer }], { objective });
    await pipeline.apply(edit);
    answers[name] = await textEncoder.generate(question);
    await pipeline.revert(edit);
  }
  return answers;
}
