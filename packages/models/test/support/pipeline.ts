import { type Backend, type PipelineComponents, TextToImagePipeline } from '@mokus/core';
import {
  type ComponentOptions,
  createFlowMatchEulerScheduler,
  createQwenImageCodec,
  createQwenImageTransformer,
} from '../../src/index.js';
import { createDecoderTextEncoder } from '../../src/text-encoder/create-decoder-text-encoder.js';
import { componentWeights, readModelJson } from './fixtures.js';

/** The parts of the tiny model's pipeline. */
export async function tinyComponents(backend: Backend): Promise<PipelineComponents> {
  const network = async (component: string): Promise<ComponentOptions> => ({
    config: await readModelJson(`${component}/config.json`),
    weights: await componentWeights(component),
    backend,
  });
  return {
    textEncoder: await createDecoderTextEncoder({
      ...(await network('text_encoder')),
      tokenizer: await readModelJson('tokenizer/tokenizer.json'),
    }),
    dit: await createQwenImageTransformer(await network('transformer')),
    imageCodec: await createQwenImageCodec(await network('vae')),
    scheduler: createFlowMatchEulerScheduler({ config: await readModelJson('scheduler/scheduler_config.json') }),
  };
}

/** The tiny model, drawing 16 x 16 pixels in 2 steps when nothing is said. */
export async function tinyPipeline(backend: Backend): Promise<TextToImagePipeline> {
  return new TextToImagePipeline(await tinyComponents(backend), { size: 16, steps: 2, guidance: 1 });
}
