import { describeJson, isJsonObject, type Json } from '@mokus/core';
import type { LoraRefusals } from './refusal.js';

/** Key of a safetensors file's metadata under which diffusers keeps a LoRA's settings, as JSON. */
export const settingsKey = 'lora_adapter_metadata';

/** What diffusers puts before each of them. */
export const settingsPrefix = 'transformer.';

/** peft's LoraConfig, as far as it changes what a file computes. */
export interface LoraSettings {
  readonly rank: number | undefined;
  readonly alpha: number | undefined;
  /** Rank-stabilised: the scale is alpha / sqrt(rank). */
  readonly rankStabilised: boolean;
  /** For modules whose names end with the pattern; the first that fits counts. */
  readonly rankPattern: readonly (readonly [pattern: string, rank: number])[];
  readonly alphaPattern: readonly (readonly [pattern: string, alpha: number])[];
}

export const noSettings: LoraSettings = {
  rank: undefined,
  alpha: undefined,
  rankStabilised: false,
  rankPattern: [],
  alphaPattern: [],
};

/** What would change the result and is not honoured, unless it is false, null or missing. */
const mustBeOff = [
  'use_dora',
  'lora_bias',
  'fan_in_fan_out',
  'use_qalora',
  'use_bdlora',
  'alora_invocation_tokens',
  'arrow_config',
  'kasa_config',
  'layer_replication',
];

/** The settings in a file's metadata. Throws MokusError `adapter`, `unsupported`, naming the field. */
export function settingsInMetadata(text: string | undefined, refusals: LoraRefusals): LoraSettings | undefined {
  if (text === undefined) return undefined;
  let json: Json;
  try {
    json = JSON.parse(text);
  } catch {
    throw refusals.field(settingsKey, 'is not JSON; save the LoRA again');
  }
  return readLoraSettings(json, refusals);
}

/** Settings as diffusers (every key prefixed) or peft (adapter_config.json) writes them. Throws as above. */
export function readLoraSettings(json: Json, refusals: LoraRefusals): LoraSettings {
  if (!isJsonObject(json)) throw refusals.field(settingsKey, `is ${describeJson(json)}; expected an object`);
  const value = (field: string): Json | undefined => {
    const key = [settingsPrefix + field, field].find((each) => Object.hasOwn(json, each));
    return key === undefined ? undefined : (json[key] ?? undefined);
  };
  for (const field of mustBeOff) {
    if ((value(field) ?? false) !== false)
      throw refusals.field(field, 'is on, which is not supported; train without it', 'unsupported');
  }
  const bias = value('bias') ?? 'none';
  if (bias !== 'none')
    throw refusals.field('bias', `is ${describeJson(bias)}; only "none" is supported`, 'unsupported');
  const type = value('peft_type') ?? 'LORA';
  if (type !== 'LORA') throw refusals.field('peft_type', `is ${describeJson(type)}, no LORA`, 'unsupported');
  const number = (field: string, found: Json | undefined): number | undefined => {
    if (found === undefined) return undefined;
    if (typeof found !== 'number' || !Number.isFinite(found)) {
      throw refusals.field(field, `is ${describeJson(found)}; expected a number`);
    }
    return found;
  };
  const pattern = (field: string): [string, number][] => {
    const entries = value(field) ?? {};
    if (!isJsonObject(entries)) throw refusals.field(field, `is ${describeJson(entries)}; expected an object`);
    return Object.entries(entries).map(([name, found]) => {
      // peft takes regular expressions; one from a file is not to be run here.
      if (!/^\^?[\w.]+$/.test(name)) {
        throw refusals.field(
          field,
          `holds the pattern ${describeJson(name)}; only module names are read`,
          'unsupported',
        );
      }
      return [name, number(field, found) as number];
    });
  };
  return {
    rank: number('r', value('r')),
    alpha: number('lora_alpha', value('lora_alpha')),
    rankStabilised: (value('use_rslora') ?? false) === true,
    rankPattern: pattern('rank_pattern'),
    alphaPattern: pattern('alpha_pattern'),
  };
}

/** The value of the first pattern that a module's name is, or ends with after a dot; `^` wants all of it. */
export function patternValue(
  patterns: readonly (readonly [pattern: string, value: number])[],
  module: string,
): number | undefined {
  const found = patterns.find(([pattern]) =>
    pattern.startsWith('^') ? pattern.slice(1) === module : module === pattern || module.endsWith(`.${pattern}`),
  );
  return found?.[1];
}
