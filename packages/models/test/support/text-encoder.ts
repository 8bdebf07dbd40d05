import { type Backend, referenceBackend, type TextEncoder } from '@mokus/core';
import { createDecoderTextEncoder, type DecoderTextEncoderOptions } from '../../src/index.js';
import { componentWeights, readModelJson } from './fixtures.js';

/** What the tiny text encoder is made from, ready to be changed. */
export async function tinyOptions(backend: Backend = referenceBackend()): Promise<DecoderTextEncoderOptions> {
  return {
    config: await readModelJson('text_encoder/config.json'),
    tokenizer: await readModelJson('tokenizer/tokenizer.json'),
    weights: await componentWeights('text_encoder'),
    backend,
  };
}

export async function tinyTextEncoder(
  backend?: Backend,
  options: Partial<DecoderTextEncoderOptions> = {},
): Promise<TextEncoder> {
  return createDecoderTextEncoder({ ...(await tinyOptions(backend)), ...options });
}
