import { type EditObjective, type Editor, MokusError, type RunOptions } from '@mokus/core';
import { embeddedCorpus } from '../compare/embedded-model.js';
import { editorVariants, objectivesNamed, requireVariants } from '../compare/variants.js';
import type { PretrainedPipeline } from '../pretrained-pipeline.js';
import { textLines } from './read-files.js';

/** How a command edits. */
export const editorArgs = {
  editor: { type: 'string', default: 'ultraEdit', description: 'An unknown one is answered with all' },
  objective: { type: 'string', default: 'conditioning', description: 'answer, conditioning or picture' },
  preset: { type: 'string', description: "Names the editor's settings", valueHint: 'qwen2.5-vl-7b' },
  corpus: { type: 'string', description: 'General prompts, one a line, that the edit leaves alone', valueHint: 'file' },
} as const;

export interface EditorGiven {
  readonly editor: string;
  readonly objective: string;
  readonly preset?: string | undefined;
  readonly corpus?: string | undefined;
}

/** Throws MokusError `input` for an unknown editor, objective or preset: before a model is loaded. */
export function requireEditor({ editor, objective, preset }: EditorGiven): void {
  requireVariants({ editors: [editor], objectives: [objective], preset });
}

/** The editor and the objective, with the embedded model's settings where it is the model. */
export async function chosenEditor(
  { editor, objective, preset, corpus }: EditorGiven,
  pipeline: PretrainedPipeline,
  isEmbedded: boolean,
  { signal }: RunOptions,
): Promise<{ readonly editor: Editor; readonly objective: EditObjective }> {
  const [variant] = editorVariants([editor], {
    textEncoder: pipeline.components.textEncoder,
    preset: preset ?? (isEmbedded ? 'emoji-world' : undefined),
    corpus: corpus === undefined ? (isEmbedded ? embeddedCorpus() : []) : await textLines(corpus),
    signal,
  });
  const [aim] = objectivesNamed([objective], pipeline);
  if (variant === undefined || aim === undefined) throw new MokusError('input', 'name one editor and one objective');
  return { editor: await variant.create(), objective: aim };
}
