import type { Site } from '@mokus/core';
import type { Program } from '@mokus/graph';
import { programHalves } from '../program-set.js';
import { setName } from '../set-name.js';
import {
  captureProgram,
  cotangentInputs,
  forwardProgram,
  hiddenProgram,
  siteInputsProgram,
  type TextEncoderProgramOptions,
} from './programs.js';

/** The sites that editors capture unless told otherwise. */
export function defaultCaptureSites(sites: readonly Site[]): Site[] {
  return sites.filter(({ role, reachesTap }) => reachesTap && (role === 'gate_proj' || role === 'up_proj'));
}

/** The programs that are loaded from the start: `defaults` are the {@link defaultCaptureSites}. */
export function initialPrograms(
  options: TextEncoderProgramOptions,
  defaults: readonly Site[],
): Record<string, Program> {
  return {
    hidden: hiddenProgram(options),
    forward: forwardProgram(options),
    ...(defaults.length > 0 && {
      [siteInputsProgramName(defaults)]: siteInputsProgram(options, defaults),
      ...programHalves(
        captureProgramName(defaults),
        captureProgram({ ...options, results: true }, defaults),
        Object.values(cotangentInputs),
      ),
    }),
  };
}

export function siteInputsProgramName(sites: readonly Site[]): string {
  return `siteInputs ${setName(sites.map((site) => site.inputGroup))}`;
}

export function captureProgramName(sites: readonly Site[]): string {
  return `capture ${setName(sites.map((site) => site.id))}`;
}
