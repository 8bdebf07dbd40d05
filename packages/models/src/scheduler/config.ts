import type { Json } from '@mokus/core';
import { ConfigReader } from '../config-reader.js';

export interface FlowMatchEulerConfig {
  /** The static shift, used without dynamic shifting. */
  readonly shift: number;
  readonly dynamicShifting: boolean;
  /** How mu shifts the noise levels: through e^mu, or as itself. */
  readonly timeShift: 'exponential' | 'linear';
  /** mu at `baseTokens` and `maxTokens` image tokens; linear between and beyond. */
  readonly baseShift: number;
  readonly maxShift: number;
  readonly baseTokens: number;
  readonly maxTokens: number;
  /** The last noise level before 0 that the schedule is stretched to; undefined when off (null and 0 in the file). */
  readonly terminal: number | undefined;
}

/**
 * Reads scheduler_config.json of FlowMatchEulerDiscreteScheduler. Missing fields take diffusers' defaults. Throws
 * MokusError `config` for values that are not honoured.
 */
export function readFlowMatchEulerConfig(config: Json, file = 'scheduler_config.json'): FlowMatchEulerConfig {
  const reader: ConfigReader = new ConfigReader(config, file);
  for (const field of ['use_karras_sigmas', 'use_exponential_sigmas', 'use_beta_sigmas', 'invert_sigmas']) {
    reader.mustBeOff(field, 'only the flow-match schedule is implemented; set it to false');
  }
  reader.mustBeOff('stochastic_sampling', 'only the deterministic Euler step is implemented; set it to false');
  if (reader.number('num_train_timesteps', 1000) !== 1000) {
    reader.refuse('num_train_timesteps', 'the transformer takes t = sigma, which holds for 1000; set it to 1000');
  }
  const terminal = reader.number('shift_terminal', 0);
  if (terminal < 0 || terminal >= 1) reader.refuse('shift_terminal', 'it must be in [0, 1), where 0 is off');
  const shift = reader.number('shift', 1);
  if (shift <= 0) reader.refuse('shift', 'it must be above 0');
  const baseTokens = reader.size('base_image_seq_len', 256);
  const maxTokens = reader.size('max_image_seq_len', 4096);
  if (maxTokens === baseTokens) reader.refuse('max_image_seq_len', 'it must differ from base_image_seq_len');
  return {
    shift,
    dynamicShifting: reader.boolean('use_dynamic_shifting', false),
    timeShift: reader.oneOf('time_shift_type', ['exponential', 'linear'], 'exponential'),
    baseShift: reader.number('base_shift', 0.5),
    maxShift: reader.number('max_shift', 1.15),
    baseTokens,
    maxTokens,
    terminal: terminal === 0 ? undefined : terminal,
  };
}
