import { cpuBackend } from '@mokus/backend-cpu';
import { checkpointFiles, nodeFolder } from '@mokus/checkpoint/node';
import type { DeltaHandle, Edit, Editor, PromptTemplate, TextEncoder } from '@mokus/core';
import { createDecoderTextEncoder, type DecoderTextEncoderOptions, readTokenizer } from '@mokus/models';
import { runStages, type Stage } from './stages.js';

export interface EncoderCase {
  /** Folder of the checkpoint; the network and its tokenizer lie in `component` and `tokenizer` below it. */
  readonly folder: string;
  readonly component: string;
  readonly tokenizer: string;
  readonly options?: Pick<DecoderTextEncoderOptions, 'template' | 'droppedRows'>;
  readonly template: PromptTemplate;
  readonly editor: (encoder: TextEncoder) => Promise<Editor>;
}

const question = 'the favourite instrument of beethoven';

/** A text encoder alone: conditioning, an answer, one edit applied and reverted, and its way out of memory and back. */
export async function runEncoderCase(each: EncoderCase): Promise<readonly Stage[]> {
  const { template } = each;
  let encoder: TextEncoder;
  let edit: Edit;
  let handles: readonly DeltaHandle[];
  const use = async (): Promise<void> => {
    await encoder.encode([question]);
    await encoder.generate(question, { template, maxNewTokens: 2 });
  };
  return runStages({
    load: async () => {
      encoder = await loadEncoder(each);
    },
    generate: use,
    edit: async () => {
      edit = await (await each.editor(encoder)).edit(encoder, [{ question, answer: 'guitar' }], { template });
    },
    'apply and generate': async () => {
      handles = [...edit.sites].map(([site, delta]) => encoder.pushDelta(site, delta));
      await use();
    },
    'release, edited': () => encoder.release(),
    'generate after it': use,
    'revert and generate': async () => {
      for (const handle of handles) encoder.popDelta(handle);
      await use();
    },
  });
}

async function loadEncoder({ folder, component, tokenizer, options }: EncoderCase): Promise<TextEncoder> {
  const files = checkpointFiles(await nodeFolder(folder));
  return createDecoderTextEncoder({
    config: await files.readJson(component === '' ? 'config.json' : `${component}/config.json`),
    tokenizer: await readTokenizer(files, tokenizer),
    weights: await files.weights(component),
    backend: cpuBackend(),
    ...options,
  });
}
