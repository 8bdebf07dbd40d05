import { type DiT, type HostTensor, requireF32, throwIfCancelled } from '@mokus/core';
import type { ComponentOptions } from '../component-options.js';
import { readQwenImageTransformerConfig } from './config.js';
import { inputsOf, requireShape } from './inputs.js';
import { qwenImageTransformerPrograms } from './programs.js';

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
