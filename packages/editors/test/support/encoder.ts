import { cpuBackend } from '@mokus/backend-cpu';
import type { TextEncoder } from '@mokus/core';
import type { DecoderTextEncoderOptions } from '@mokus/models';
import { tinyTextEncoder } from '../../../models/test/support/text-encoder.js';

/** A tiny random Qwen2.5-VL text encoder: 3 layers of 32, under the pipeline's template. One thread: it is small. */
export function testEncoder(options: Partial<DecoderTextEncoderOptions> = {}): Promise<TextEncoder> {
  return tinyTextEncoder(cpuBackend({ threads: 1 }), options);
}
