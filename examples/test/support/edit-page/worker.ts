import { webgpuBackend } from '@mokus/backend-webgpu';
import { checkpointFiles, componentClass, httpFolder } from '@mokus/checkpoint';
import { createArchitectureRegistry, type TextEncoder } from '@mokus/core';
import { registerQwenImage } from '@mokus/models';
import { expose } from 'comlink';
import { watchUploads } from '../../../../packages/mokus/test/support/gpu-uploads.js';
import { type EditedFact, type EditOrder, editFact } from './edit-fact.js';

/** f32 [64, 128], k_proj: the smallest matrix of emoji-world's text encoder. No input is as large here. */
const smallestMatrix = 64 * 128 * 4;

export interface EditedInWorker extends EditedFact {
  /** Uploads of a matrix's size or more: until the encoder was open, and from then on. */
  readonly uploads: { readonly loading: number; readonly later: number };
}

const worker = {
  /** Edits a fact of the checkpoint that lies beside the page, whose address is given, on the GPU of the browser. */
  async edit(page: string, order: EditOrder): Promise<EditedInWorker> {
    const { sizes } = watchUploads();
    const encoder = await openTextEncoder(page);
    const loading = sizes.length;
    const edited = await editFact(encoder, order);
    await encoder.dispose();
    const matrices = (from: readonly number[]): number => from.filter((size) => size >= smallestMatrix).length;
    return {
      ...edited,
      uploads: { loading: matrices(sizes.slice(0, loading)), later: matrices(sizes.slice(loading)) },
    };
  },
};
export type EditWorker = typeof worker;

async function openTextEncoder(page: string): Promise<TextEncoder> {
  const files = checkpointFiles(httpFolder('emoji-world', (path) => new URL(path, page).href));
  const component = 'text_encoder';
  const { textEncoders } = registerQwenImage(createArchitectureRegistry());
  const create = await componentClass(files, component, textEncoders);
  return create({ files, component, backend: webgpuBackend({ precision: 'f32' }) });
}

expose(worker);
