import { type Json, MokusError, type SchedulePlan, type Scheduler } from '@mokus/core';
import { type FlowMatchEulerConfig, readFlowMatchEulerConfig } from './config.js';

/**
 * FlowMatchEulerDiscreteScheduler: Euler steps along a rectified flow, x_sigma = (1 - sigma) z + sigma eps, over noise
 * levels that are shifted by the number of image tokens and stretched to end at a terminal level.
 *
 * Throws MokusError `config` that names the file and field for a value that is not honoured.
 */
export function createFlowMatchEulerScheduler(options: { readonly config: Json; readonly file?: string }): Scheduler {
  const config = readFlowMatchEulerConfig(options.config, options.file);
  return { plan: (steps, imageTokens) => plan(config, steps, imageTokens), stepSize, step, addNoise };
}

function plan(config: FlowMatchEulerConfig, steps: number, imageTokens: number): SchedulePlan {
  if (!Number.isSafeInteger(steps) || steps < 1) {
    throw new MokusError('input', `steps is a whole number from 1, got ${steps}`, { field: 'steps' });
  }
  const { terminal } = config;
  if (steps === 1 && terminal !== undefined) {
    throw new MokusError(
      'input',
      `one denoising step cannot start at 1 and be stretched to end at shift_terminal ${terminal}; take 2 steps or more, or set shift_terminal to null`,
      { field: 'steps' },
    );
  }
  const levels = Array.from({ length: steps }, (_, step) => shifted(config, 1 - step / steps, imageTokens));
  const last = levels.at(-1) as number;
  const stretched =
    terminal === undefined ? levels : levels.map((sigma) => 1 - ((1 - sigma) * (1 - terminal)) / (1 - last));
  const sigmas = Float64Array.from([...stretched, 0]);
  if (!sigmas.every((sigma, index) => index === 0 || sigma < (sigmas[index - 1] as number))) {
    throw new MokusError(
      'config',
      `the schedule of ${steps} steps at ${imageTokens} image tokens does not fall from 1 to 0; look at base_shift and max_shift`,
      { field: 'max_shift' },
    );
  }
  return { sigmas };
}

/** mu is linear in the number of tokens; e^mu (or mu) multiplies the odds of noise against signal. */
function shifted(config: FlowMatchEulerConfig, sigma: number, imageTokens: number): number {
  if (!config.dynamicShifting) return (config.shift * sigma) / (1 + (config.shift - 1) * sigma);
  const slope = (config.maxShift - config.baseShift) / (config.maxTokens - config.baseTokens);
  const mu = config.baseShift + (imageTokens - config.baseTokens) * slope;
  const odds = config.timeShift === 'exponential' ? Math.exp(mu) : mu;
  // The brackets matter: at 1 the level is 1 to the last bit, whatever the odds are.
  return odds / (odds + (1 / sigma - 1));
}

function stepSize(sigma: number, sigmaNext: number): number {
  return sigmaNext - sigma;
}

function step(latents: Float32Array, velocity: Float32Array, sigma: number, sigmaNext: number): Float32Array {
  requireSameLength('velocity', latents, velocity);
  const size = stepSize(sigma, sigmaNext);
  return latents.map((value, index) => value + size * (velocity[index] as number));
}

function addNoise(latents: Float32Array, noise: Float32Array, sigma: number): Float32Array {
  requireSameLength('noise', latents, noise);
  return latents.map((value, index) => (1 - sigma) * value + sigma * (noise[index] as number));
}

function requireSameLength(name: string, latents: Float32Array, other: Float32Array): void {
  if (latents.length !== other.length) {
    throw new MokusError('input', `the latents have ${latents.length} elements and the ${name} has ${other.length}`);
  }
}
