import { fileURLToPath } from 'node:url';
import { cpuBackend } from '@mokus/backend-cpu';
import { checkpointFiles, nodeFolder } from '@mokus/checkpoint/node';
import type { TextEncoder } from '@mokus/core';
import { createDecoderTextEncoder, readTokenizer } from '@mokus/models';
import { findSmollm2, missingSmollm2 } from '../../scripts/lib/smollm2.mjs';

/** CounterFact as EasyEdit writes it. It is read where it lies beside the repository; its licence is unclear. */
export const counterFactFile: string = fileURLToPath(
  new URL('../../../shared/data/counterfact-1k.json', import.meta.url),
);

/** Questions are raw text, as the editing literature asks them: SmolLM2 is no part of an image pipeline. */
export const template = 'raw';

/** SmolLM2-135M-Instruct on the CPU. Throws, saying how the folder comes, where it is not there. */
export async function openSmollm2(): Promise<TextEncoder> {
  const folder = findSmollm2();
  if (folder === null) throw new Error((await missingSmollm2()) ?? 'no SmolLM2');
  const files = checkpointFiles(await nodeFolder(folder));
  return createDecoderTextEncoder({
    config: await files.readJson('config.json'),
    tokenizer: await readTokenizer(files, ''),
    weights: await files.weights(''),
    backend: cpuBackend(),
    template: { prefix: '', suffix: '' },
    droppedRows: 0,
  });
}
