import { type DeltaSite, describeJson, type MokusError } from '@mokus/core';
import type { LoraRefusals } from './refusal.js';

/** What one tensor of a LoRA file is. */
export interface LoraTensorName {
  readonly site: DeltaSite;
  readonly part: 'down' | 'up' | 'alpha';
}

/** What kohya's scripts put before a module name whose dots they make underscores. */
const kohyaPrefix = 'lora_unet_';

/** The module name as kohya's scripts spell it. */
export function kohyaName(siteId: string): string {
  return kohyaPrefix + siteId.replaceAll('.', '_');
}

/** How diffusers, ComfyUI and peft begin the module names of a transformer; older files have no prefix. */
const prefixes = ['transformer.', 'diffusion_model.', 'base_model.model.transformer.', 'base_model.model.'];

const suffixes: readonly (readonly [part: LoraTensorName['part'], suffix: RegExp])[] = [
  ['down', /\.(?:lora_A|lora_down|lora\.down)(?:\.default)?\.weight$/],
  ['up', /\.(?:lora_B|lora_up|lora\.up)(?:\.default)?\.weight$/],
  ['alpha', /\.alpha$/],
];

/** Tensors of other kinds of adapters, which would be a wrong model if they were left out. */
const otherKinds: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['belongs to a DoRA, whose magnitudes are not supported', /lora_magnitude_vector|dora_scale/],
  ['is the bias of a LoRA, which is not supported', /\.lora_B(?:\.default)?\.bias$/],
  ['belongs to a LoHa or LoKr, which are not supported', /\.(?:hada_|lokr_)/],
  ['is a factor for convolutions, which are not supported', /\.lora_mid\./],
  ['is a whole difference of weights, which is not supported', /\.diff(?:_b)?$/],
];

/** Reads the tensor names of LoRA files in the spellings of diffusers, peft, ComfyUI and kohya. */
export class LoraTensorNames {
  readonly #byName = new Map<string, DeltaSite>();
  readonly #refusals: LoraRefusals;
  readonly #example: string;

  /** @param sites the layers that may be adapted */
  constructor(sites: readonly DeltaSite[], refusals: LoraRefusals) {
    for (const site of sites) {
      this.#byName.set(site.id, site);
      for (const prefix of prefixes) this.#byName.set(prefix + site.id, site);
      this.#byName.set(kohyaName(site.id), site);
    }
    this.#refusals = refusals;
    this.#example = sites.find(({ id }) => id.includes('attn'))?.id ?? sites[0]?.id ?? '';
  }

  /** Throws MokusError `adapter` for a tensor of no layer, `unsupported` for one of another kind of adapter. */
  parse(name: string): LoraTensorName {
    const kind = otherKinds.find(([, pattern]) => pattern.test(name));
    if (kind !== undefined) throw this.#refusals.tensor(name, `${kind[0]}; train a plain LoRA`, 'unsupported');
    for (const [part, suffix] of suffixes) {
      const module = name.replace(suffix, '');
      if (module === name) continue;
      const site = this.#byName.get(module);
      if (site === undefined) throw this.#unknownModule(name, module);
      return { site, part };
    }
    throw this.#refusals.tensor(name, 'is no factor and no alpha of a LoRA; take it out of the file');
  }

  #unknownModule(name: string, module: string): MokusError {
    if (/^(?:base_model\.model\.)?text_encoder|^lora_te\d*_/.test(module)) {
      const problem =
        'adapts a text encoder, and only the transformer takes a LoRA; take those tensors out of the file';
      return this.#refusals.tensor(name, problem, 'unsupported');
    }
    return this.#refusals.tensor(
      name,
      `adapts ${describeJson(module)}, which is no linear layer of this transformer (one is "${this.#example}"); ` +
        'the file is for another model',
    );
  }
}
