import {
  type ByteSource,
  type DeltaSite,
  describeJson,
  type Json,
  type LoraAdapter,
  type LoraModule,
} from '@mokus/core';
import { isFloatDtype, openSafetensors, type SafetensorsFile, toFloat32Array } from '@mokus/safetensors';
import { asCheckpointError } from '../open-tensors.js';
import { checkModule } from './check-module.js';
import { LoraRefusals } from './refusal.js';
import {
  type LoraSettings,
  noSettings,
  patternValue,
  readLoraSettings,
  settingsInMetadata,
  settingsKey,
} from './settings.js';
import { type LoraTensorName, LoraTensorNames } from './tensor-names.js';

export interface ReadLoraOptions {
  /** The linear layers of the transformer that the adapter is for. */
  readonly sites: readonly DeltaSite[];
  /** The contents of peft's adapter_config.json, where the file comes with one. */
  readonly config?: Json | undefined;
}

/**
 * Reads a LoRA from a .safetensors file in the spelling of diffusers (`transformer.MODULE.lora_A.weight`), peft
 * (`base_model.model.`), ComfyUI (`diffusion_model.`) or kohya (`lora_unet_..._to_q.lora_down.weight`). Its alpha is that of
 * an `.alpha` tensor, else that of the settings (in the metadata, or adapter_config.json), else the rank: never two of
 * them. Nothing in the file is believed, and nothing in it is left out.
 *
 * @throws MokusError `checkpoint` (damaged); naming file and tensor or field: `adapter` (a tensor of no layer of the
 *   transformer, a wrong shape, a factor without the other, a rank that the settings contradict, a number that is not
 *   finite), `unsupported` (another kind of adapter, a LoRA of a text encoder, settings that are not honoured)
 */
export async function readLora(source: ByteSource, options: ReadLoraOptions): Promise<LoraAdapter> {
  const name = source.name ?? 'the LoRA file';
  const refusals = new LoraRefusals(name);
  const file = await asCheckpointError(name, () => openSafetensors(source));
  const settings =
    settingsInMetadata(file.metadata[settingsKey], refusals) ??
    (options.config === undefined ? noSettings : readLoraSettings(options.config, refusals));
  const parts = partsOf(file, new LoraTensorNames(options.sites, refusals), refusals);
  if (parts.size === 0) throw refusals.file('holds no tensors; it is no LoRA');
  const modules = new Map<string, LoraModule>();
  for (const { id } of options.sites) {
    const part = parts.get(id);
    if (part === undefined) continue;
    modules.set(id, await asCheckpointError(name, () => readModule(file, part, settings, refusals)));
  }
  return { modules };
}

/** The tensors of one layer, by what they are. */
interface Parts {
  readonly site: DeltaSite;
  readonly names: Map<LoraTensorName['part'], string>;
}

function partsOf(file: SafetensorsFile, names: LoraTensorNames, refusals: LoraRefusals): Map<string, Parts> {
  const bySite = new Map<string, Parts>();
  for (const tensor of file.tensors.keys()) {
    const { site, part } = names.parse(tensor);
    const parts = bySite.get(site.id) ?? { site, names: new Map() };
    const other = parts.names.get(part);
    if (other !== undefined)
      throw refusals.tensor(tensor, `and ${describeJson(other)} are the same factor of one layer; keep one of the two`);
    parts.names.set(part, tensor);
    bySite.set(site.id, parts);
  }
  return bySite;
}

async function readModule(
  file: SafetensorsFile,
  { site, names }: Parts,
  settings: LoraSettings,
  refusals: LoraRefusals,
): Promise<LoraModule> {
  const [downName, upName, alphaName] = [names.get('down'), names.get('up'), names.get('alpha')];
  if (downName === undefined || upName === undefined) {
    const present = downName ?? upName ?? alphaName ?? site.id;
    throw refusals.tensor(
      present,
      `has no ${downName === undefined ? 'A (down)' : 'B (up)'} beside it; the file is cut: fetch it again`,
    );
  }
  const { dIn, dOut, id } = site;
  const rank = file.entry(downName).shape[0] ?? 0;
  requireShape(file, downName, [rank, dIn], `its layer reads ${dIn} values`, refusals);
  requireShape(file, upName, [dOut, rank], `its layer is [${dOut}, ${dIn}] and A has rank ${rank}`, refusals);
  const said = patternValue(settings.rankPattern, id) ?? settings.rank;
  if (said !== undefined && said !== rank) {
    throw refusals.tensor(downName, `has rank ${rank}, and the settings that come with it say ${said}; save it again`);
  }
  const module: LoraModule = {
    dOut,
    dIn,
    rank,
    alpha: alphaName === undefined ? alphaOf(settings, id, rank) : await readAlpha(file, alphaName, refusals),
    down: await readFloats(file, downName),
    up: await readFloats(file, upName),
  };
  checkModule(module, (problem) => refusals.tensor(downName, problem));
  return module;
}

/** In the form that alpha / rank is the scale. */
function alphaOf(settings: LoraSettings, module: string, rank: number): number {
  const alpha = patternValue(settings.alphaPattern, module) ?? settings.alpha;
  if (alpha === undefined) return rank;
  return settings.rankStabilised ? alpha * Math.sqrt(rank) : alpha;
}

async function readAlpha(file: SafetensorsFile, name: string, refusals: LoraRefusals): Promise<number> {
  const { dtype, shape } = file.entry(name);
  if (!isFloatDtype(dtype) || shape.some((size) => size !== 1)) {
    throw refusals.tensor(name, `is ${dtype} [${shape.join(', ')}]; an alpha is one floating-point number`);
  }
  return (await readFloats(file, name))[0] as number;
}

function requireShape(
  file: SafetensorsFile,
  name: string,
  expected: readonly [number, number],
  why: string,
  refusals: LoraRefusals,
): void {
  const { dtype, shape } = file.entry(name);
  if (!isFloatDtype(dtype)) {
    throw refusals.tensor(name, `is stored as ${dtype}; save it as F16, BF16 or F32`, 'unsupported');
  }
  if (shape.length !== 2 || shape[0] !== expected[0] || shape[1] !== expected[1]) {
    throw refusals.tensor(
      name,
      `has shape [${shape.join(', ')}], expected [${expected.join(', ')}]: ${why}; the LoRA is for another model`,
    );
  }
}

async function readFloats(file: SafetensorsFile, name: string): Promise<Float32Array> {
  return toFloat32Array(await file.read(name), file.entry(name).dtype);
}
