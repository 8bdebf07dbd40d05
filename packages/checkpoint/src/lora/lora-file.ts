import { describeJson, type Json, type LoraAdapter, type LoraModule, MokusError } from '@mokus/core';
import {
  SafetensorsError,
  type SafetensorsStream,
  streamSafetensors,
  type TensorToWrite,
  toBytes,
} from '@mokus/safetensors';
import { checkModule } from './check-module.js';
import { settingsKey, settingsPrefix } from './settings.js';
import { kohyaName } from './tensor-names.js';

/**
 * `diffusers`: `transformer.MODULE.lora_A.weight` and `.lora_B.weight`, alpha / rank in B, settings in the metadata: what
 * diffusers and ComfyUI load alike. `kohya`: `lora_unet_MODULE.lora_down.weight`, `.lora_up.weight` and `.alpha`.
 */
export type LoraFormat = 'diffusers' | 'kohya';

export interface LoraFileOptions {
  /** Default: `diffusers`. */
  readonly format?: LoraFormat | undefined;
}

/**
 * The file of a LoRA, F32, ready to be written in pieces. In the kohya form rank and alpha come back as they were; in the
 * portable one alpha is the rank, and B has taken up what it was.
 *
 * @throws MokusError `adapter`: no adapter, nothing to save, a factor that is not of its size or not finite
 */
export function loraFile(adapter: LoraAdapter, { format = 'diffusers' }: LoraFileOptions = {}): SafetensorsStream {
  if (adapter?.modules === undefined) {
    const found = describeJson(adapter as unknown as Json | undefined);
    const mend = 'give what learnConcept() or loadLora() gave, to saveLora behind the path';
    throw new MokusError('adapter', `an adapter is { modules }, and ${found} is none; ${mend}`);
  }
  if (adapter.modules.size === 0) {
    const problem = 'the adapter has no layers: nothing to save; give one that was learnt, or read from a file';
    throw new MokusError('adapter', problem);
  }
  const toModule = format === 'kohya' ? withFloatAlpha : withoutAlpha;
  const modules = new Map<string, LoraModule>();
  for (const [id, module] of adapter.modules) {
    const refuse = (problem: string): MokusError =>
      new MokusError('adapter', `the adapter's layer "${id}" ${problem}`, { site: id });
    checkModule(module, refuse);
    const saved = toModule(module);
    checkModule(saved, refuse);
    modules.set(id, saved);
  }
  const toTensors = format === 'kohya' ? kohyaTensors : portableTensors;
  const settings = format === 'kohya' ? {} : { [settingsKey]: JSON.stringify(portableSettings(modules)) };
  try {
    return streamSafetensors(
      [...modules].flatMap(([id, module]) => toTensors(id, module)),
      { metadata: { format: 'pt', ...settings } },
    );
  } catch (cause) {
    if (!SafetensorsError.isInstance(cause)) throw cause;
    throw new MokusError('adapter', `the adapter cannot be saved: ${cause.message}`, { cause });
  }
}

/** alpha / rank in B, so that alpha is the rank. */
function withoutAlpha(module: LoraModule): LoraModule {
  const { rank, alpha, up } = module;
  return { ...module, alpha: rank, up: up.map((value) => (value * alpha) / rank) };
}

function withFloatAlpha(module: LoraModule): LoraModule {
  return { ...module, alpha: Math.fround(module.alpha) };
}

function matrix(name: string, rows: number, columns: number, values: Float32Array): TensorToWrite {
  return { name, dtype: 'F32', shape: [rows, columns], data: toBytes(values) };
}

function portableTensors(id: string, { dOut, dIn, rank, down, up }: LoraModule): TensorToWrite[] {
  return [
    matrix(`transformer.${id}.lora_A.weight`, rank, dIn, down),
    matrix(`transformer.${id}.lora_B.weight`, dOut, rank, up),
  ];
}

function kohyaTensors(id: string, { dOut, dIn, rank, alpha, down, up }: LoraModule): TensorToWrite[] {
  const name = kohyaName(id);
  return [
    matrix(`${name}.lora_down.weight`, rank, dIn, down),
    matrix(`${name}.lora_up.weight`, dOut, rank, up),
    { name: `${name}.alpha`, dtype: 'F32', shape: [], data: toBytes(Float32Array.of(alpha)) },
  ];
}

/**
 * What diffusers hands to peft's LoraConfig. Ranks that differ are said layer by layer, with the alphas, for it takes the
 * scale of the others from the first.
 */
function portableSettings(modules: LoraAdapter['modules']): Readonly<Record<string, unknown>> {
  const ranks = [...modules].map(([id, { rank }]) => [id, rank] as const);
  const [, rank] = ranks[0] as readonly [string, number];
  const others = Object.fromEntries(ranks.filter(([, each]) => each !== rank));
  const patterns = Object.keys(others).length === 0 ? {} : { rank_pattern: others, alpha_pattern: others };
  const settings = { r: rank, lora_alpha: rank, target_modules: [...modules.keys()], ...patterns };
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [settingsPrefix + key, value]));
}
