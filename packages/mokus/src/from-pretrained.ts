import { checkpointFiles, nodeFolder } from '@mokus/checkpoint/node';
import { MokusError, type RunOptions, TextToImagePipeline } from '@mokus/core';
import type { Container } from 'inversify';
import { createContainer } from './container.js';
import { readDefaults } from './defaults.js';
import { CheckpointContext, DiT, ImageCodec, Scheduler, TextEncoder } from './tokens.js';

export interface FromPretrainedOptions extends RunOptions {
  /** Where components come from; a container serves one checkpoint. Default: a new one of {@link createContainer}. */
  readonly container?: Container | undefined;
}

/**
 * Loads a text-to-image pipeline from a folder in diffusers' layout (model_index.json, text_encoder/, tokenizer/,
 * transformer/, vae/, scheduler/). Weights stay in the files. A file `mokus.json` there may say what `generate` does when
 * a call does not: see {@link readDefaults}.
 *
 * Throws MokusError: `checkpoint` (a file that is missing or broken), `config` (a value that is not honoured),
 * `weight` (a tensor that is missing or of another shape), `unsupported` (a class that is not registered), `input` (a
 * container that already serves another checkpoint), `cancelled`.
 */
export async function fromPretrained(
  folder: string | URL,
  options: FromPretrainedOptions = {},
): Promise<TextToImagePipeline> {
  const { container = createContainer(), signal, onProgress } = options;
  if (container.isBound(CheckpointContext)) {
    throw new MokusError('input', 'this container already serves a checkpoint; make another with createContainer()');
  }
  const files = checkpointFiles(await nodeFolder(folder));
  const defaults = await readDefaults(files);
  container.bind(CheckpointContext).toConstantValue({ files, signal, onProgress });
  const loaded: { dispose(): Promise<void> }[] = [];
  const keep = <Component extends { dispose(): Promise<void> }>(component: Component): Component => {
    loaded.push(component);
    return component;
  };
  try {
    // One after the other: a mistake in a small file is found before the large ones are touched.
    const scheduler = await container.getAsync(Scheduler);
    const textEncoder = keep(await container.getAsync(TextEncoder));
    const imageCodec = keep(await container.getAsync(ImageCodec));
    const dit = keep(await container.getAsync(DiT));
    return new TextToImagePipeline({ textEncoder, dit, imageCodec, scheduler }, defaults);
  } catch (error) {
    await Promise.allSettled(loaded.map((component) => component.dispose()));
    throw error;
  }
}
