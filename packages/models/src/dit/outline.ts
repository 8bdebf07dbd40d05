import type { ComponentOutline, Json, Workload } from '@mokus/core';
import type { DimBindings } from '@mokus/graph';
import { adapterTargets } from './adapter-targets.js';
import { readQwenImageTransformerConfig } from './config.js';
import { conditioningVjpProgram, velocityProgram } from './programs.js';

/**
 * What a QwenImageTransformer2DModel runs. Training an adapter needs the backward pass down to the first block, as the
 * gradient of the conditioning does. Throws MokusError `config`.
 */
export function outlineQwenImageTransformer(json: Json, file: string): ComponentOutline {
  const config = readQwenImageTransformerConfig(json, file);
  const dims = ({ batch, textTokens, latentHeight, latentWidth }: Workload): DimBindings =>
    new Map([
      ['batch', batch],
      ['text', textTokens],
      ['image', Math.ceil(latentHeight / config.patchSize) * Math.ceil(latentWidth / config.patchSize)],
    ]);
  return {
    programs: {
      velocity: { program: velocityProgram(config), use: 'generate', dims },
      conditioningVjp: { program: conditioningVjpProgram(config), use: 'learn', dims },
    },
    sites: [],
    defaultSites: [],
    adapterTargets: adapterTargets(config),
  };
}
