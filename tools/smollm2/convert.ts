/**
 * Turns the GGUF file of SmolLM2-135M-Instruct into a folder as transformers lays it out: configs, tokenizer and
 * model.safetensors in f32 (540 MB).
 *
 *   npx tsx --tsconfig tsconfig.json tools/smollm2/convert.ts FILE.gguf FOLDER
 *
 * The folder is there whole or not at all; tools/smollm2/check.py compares it with what transformers reads from the GGUF.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileWhole } from '@mokus/checkpoint/node';
import { streamSafetensors } from '@mokus/safetensors';
import { readGguf } from './gguf.js';
import { llamaFiles } from './llama-files.js';
import { llamaTensors } from './llama-tensors.js';

const [file, folder] = process.argv.slice(2);
if (file === undefined || folder === undefined) throw new Error('usage: convert.ts FILE.gguf FOLDER');

const bytes = readFileSync(file);
const gguf = readGguf(bytes);
const headDim = Number(gguf.metadata.get('llama.rope.dimension_count'));
const partial = `${folder}.partial-${process.pid}`;
mkdirSync(partial, { recursive: true });
try {
  for (const [name, content] of Object.entries(llamaFiles(gguf))) {
    writeFileSync(join(partial, name), `${JSON.stringify(content, null, 1)}\n`);
  }
  const weights = streamSafetensors(llamaTensors(gguf, bytes, headDim), { metadata: { format: 'pt' } });
  await writeFileWhole(join(partial, 'model.safetensors'), weights.chunks());
  renameSync(partial, folder);
} finally {
  rmSync(partial, { recursive: true, force: true });
}
