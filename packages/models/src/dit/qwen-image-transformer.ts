import {
  boolTensor,
  type DiT,
  type HostTensor,
  MokusError,
  requireF32,
  throwIfCancelled,
  type VelocityRequest,
} from '@mokus/core';
import type { ComponentOptions } from '../component-options.js';
import { type QwenImageTransformerConfig, readQwenImageTransformerConfig } from './config.js';
import { qwenImageTransformerPrograms } from './programs.js';
import { rotaryTables } from './rotary-positions.js';
import { timeEmbedding } from './time-embedding.js';

const component = 'transformer';

/**
 * QwenImageTransformer2DModel: the dual-stream diffusion transformer of Qwen-Image, fp32. All sizes are read from the
 * config. Throws MokusError `config` (a variant that is not honoured, by file and field), `weight` (a tensor that is
 * missing or of another shape), `unsupported` (by the backend).
 */
export async function createQwenImageTransformer(options: ComponentOptions): Promise<DiT> {
  const { weights, backend, signal } = options;
  const config = readQwenImageTransformerConfig(options.config, options.file ?? `${weights.name}/config.json`);
  const module = await backend.load(weights, qwenImageTransformerPrograms(config), { component, signal });
  const run = async (
    program: string,
    output: string,
    inputs: Readonly<Record<string, HostTensor>>,
    runSignal: AbortSignal | undefined,
  ): Promise<HostTensor<'f32'>> => {
    throwIfCancelled(runSignal, `the ${component}'s ${program}`);
    const outputs = await module.run(program, inputs, { signal: runSignal });
    return requireF32(outputs[output] as HostTensor, `the ${component}'s ${output}`);
  };
  return {
    info: {
      architecture: 'QwenImageTransformer2DModel',
      inChannels: config.inChannels,
      patchSize: config.patchSize,
      conditioningSize: config.conditioningSize,
    },
    velocity: async (request, runOptions) => run('velocity', 'velocity', inputsOf(config, request), runOptions?.signal),
    conditioningVjp: async (request, runOptions) => {
      const { cotangent } = request;
      requireShape('cotangent', cotangent, request.latents.shape);
      return run('conditioningVjp', 'gradient', { ...inputsOf(config, request), cotangent }, runOptions?.signal);
    },
    dispose: () => module.dispose(),
  };
}

/** Checks a request and makes the programs' inputs of it. */
function inputsOf(config: QwenImageTransformerConfig, request: VelocityRequest): Record<string, HostTensor> {
  const { latents, grid, sigmas, conditioning } = request;
  const { hiddenStates, mask } = conditioning;
  const batch = sigmas.length;
  const imageTokens = grid.height * grid.width;
  requireShape('latents', latents, [batch, imageTokens, config.inChannels]);
  const textTokens = hiddenStates.shape[1] ?? 0;
  requireShape('conditioning hidden states', hiddenStates, [batch, textTokens, config.conditioningSize]);
  if (mask !== undefined) requireShape('conditioning mask', mask, [batch, textTokens]);
  for (const sigma of sigmas) {
    if (!(sigma >= 0 && sigma <= 1)) {
      throw new MokusError('input', `a noise level is in [0, 1], got ${sigma}`, { field: 'sigmas' });
    }
  }
  const { cos, sin } = rotaryTables(config.ropeAxes, grid, textTokens);
  const keyMask = new Uint8Array(batch * (textTokens + imageTokens)).fill(1);
  for (let sample = 0; mask !== undefined && sample < batch; sample++) {
    const row = mask.data.subarray(sample * textTokens, (sample + 1) * textTokens);
    keyMask.set(row, sample * (textTokens + imageTokens));
  }
  return {
    latents,
    states: hiddenStates,
    time: timeEmbedding(sigmas),
    cos,
    sin,
    keyMask: boolTensor([batch, textTokens + imageTokens], keyMask),
  };
}

function requireShape(name: string, tensor: HostTensor, expected: readonly number[]): void {
  if (tensor.shape.length !== expected.length || tensor.shape.some((each, axis) => each !== expected[axis])) {
    const got = `[${tensor.shape.join(', ')}]`;
    throw new MokusError('input', `the ${name} have shape ${got}, expected [${expected.join(', ')}]`, { field: name });
  }
}
