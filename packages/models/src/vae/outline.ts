import type { ComponentOutline, Json, Workload } from '@mokus/core';
import type { DimBindings } from '@mokus/graph';
import { readQwenImageVaeConfig } from './config.js';
import { qwenImageVaePrograms } from './programs.js';

/** What an AutoencoderKLQwenImage runs. Throws MokusError `config`. */
export function outlineQwenImageVae(json: Json, file: string): ComponentOutline {
  const config = readQwenImageVaeConfig(json, file);
  const { encode, decode } = qwenImageVaePrograms(config);
  const dims = ({ batch, latentHeight, latentWidth }: Workload): DimBindings =>
    new Map([
      ['batch', batch],
      ['height', latentHeight],
      ['width', latentWidth],
    ]);
  return {
    programs: {
      decode: { program: decode, use: 'generate', dims },
      encode: { program: encode, use: 'learn', dims },
    },
    sites: [],
    defaultSites: [],
    adapterTargets: [],
    spatialFactor: config.spatialFactor,
  };
}
