import type { DiT, HostTensor } from '@mokus/core';
import { requireF32 } from '@mokus/core';
import type { Program } from '@mokus/graph';
import type { ComponentOptions } from '../component-options.js';
import { ProgramSet } from '../program-set.js';
import { readQwenImageTransformerConfig } from './config.js';
import { inputsOf, requireShape } from './inputs.js';
import { conditioningVjpProgram, velocityProgram } from './programs.js';

const component = 'transformer';

/**
 * QwenImageTransformer2DModel: the dual-stream diffusion transformer of Qwen-Image, fp32. All sizes are read from the
 * config. The backward program joins the forward one, over the same weights, when it is first asked for. Throws
 * MokusError `config` (a variant that is not honoured, by file and field), `weight` (a tensor that is missing or of
 * another shape), `unsupported` (by the backend).
 */
export async function createQwenImageTransformer(options: ComponentOptions): Promise<DiT> {
  const { weights, backend, signal } = options;
  const config = readQwenImageTransformerConfig(options.config, options.file ?? `${weights.name}/config.json`);
  const programs = await ProgramSet.load(
    backend,
    weights,
    { velocity: velocityProgram(config) },
    { component: options.component ?? component, signal },
  );
  const run = async (
    name: string,
    build: () => Program,
    inputs: Readonly<Record<string, HostTensor>>,
    runSignal: AbortSignal | undefined,
  ): Promise<HostTensor<'f32'>> => {
    const { result } = await programs.run(name, build, inputs, { signal: runSignal });
    return requireF32(result as HostTensor, `the ${component}'s ${name}`);
  };
  return {
    info: {
      architecture: 'QwenImageTransformer2DModel',
      inChannels: config.inChannels,
      patchSize: config.patchSize,
      conditioningSize: config.conditioningSize,
    },
    velocity: async (request, runOptions) =>
      run('velocity', () => velocityProgram(config), inputsOf(config, request), runOptions?.signal),
    conditioningVjp: async (request, runOptions) => {
      const { cotangent } = request;
      requireShape('cotangent', cotangent, request.latents.shape);
      const inputs = { ...inputsOf(config, request), cotangent };
      return run('conditioningVjp', () => conditioningVjpProgram(config), inputs, runOptions?.signal);
    },
    dispose: () => programs.dispose(),
  };
}
