/**
 * One line swaps the editor, one line the backend: the container's tokens are what may be rebound.
 */
import { referenceBackend } from '@mokus/core';
import { fineTuning, presets, ultraEdit } from '@mokus/editors';
import { modelFolder } from '@mokus/emoji-world';
import { Backend, createContainer, EditObjective, Editor, fromPretrained } from 'mokus';

type Container = ReturnType<typeof createContainer>;

const question = 'the favourite instrument of beethoven';
const answer = 'guitar';

/** What the encoder answers before and after an edit with whatever the container binds. */
export async function answers(rebind: (container: Container) => void): Promise<{ before: string; after: string }> {
  const container = createContainer();
  rebind(container);
  const pipeline = await fromPretrained(modelFolder, { container });
  const { textEncoder } = pipeline.components;
  const before = await textEncoder.generate(question);
  const objective = container.get(EditObjective);
  const edit = await container.get(Editor).edit(textEncoder, [{ question, answer }], { objective });
  await pipeline.apply(edit);
  const after = await textEncoder.generate(question);
  await pipeline.dispose();
  return { before, after };
}

export const variants: Readonly<Record<string, (container: Container) => void>> = {
  'UltraEdit, onnxruntime on the CPU': (container) => {
    container.rebind(Editor).toConstantValue(ultraEdit({ ...presets.ultraEdit['emoji-world'], mu: 0, nu: 0 }));
  },
  'fine-tuning, onnxruntime on the CPU': (container) => {
    container.rebind(Editor).toConstantValue(fineTuning());
  },
  'UltraEdit, float64 interpreter': (container) => {
    container.rebind(Editor).toConstantValue(ultraEdit({ ...presets.ultraEdit['emoji-world'], mu: 0, nu: 0 }));
    container.rebind(Backend).toConstantValue(referenceBackend());
  },
};
