/** Mutated LoRAs, as a file or as peft's folder: one that reads well is added to the tiny pipeline and removed. */
import { loadLora, loraFile, memoryFolder } from '@mokus/checkpoint/node';
import type { Json, LoraAdapter, TextToImagePipeline } from '@mokus/core';
import { mutate, type Random } from '../../../packages/safetensors/test/support/mutate.js';
import { SoakFinding } from '../part.js';
import { type Bytes, joined, withMetadata } from './header.js';
import { mutateJson, mutateJsonText } from './mutate-json.js';
import { outcomeOf, watched } from './watched.js';

const weights = { diffusers: 'pytorch_lora_weights.safetensors', peft: 'adapter_model.safetensors' } as const;
const config = 'adapter_config.json';
const drawnEvery = 50;

export async function loraCases(pipeline: TextToImagePipeline): Promise<{ run(random: Random): Promise<string> }> {
  const adapter = someLora(pipeline);
  const files = {
    diffusers: await joined(loraFile(adapter)),
    kohya: await joined(loraFile(adapter, { format: 'kohya' })),
  };
  const settings = {
    ...{ peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['to_q', 'to_k'], lora_dropout: 0, bias: 'none' },
    ...{ rank_pattern: { to_k: 2 }, alpha_pattern: { to_k: 8 }, use_rslora: true, use_dora: false },
  };
  const peftSettings = new TextEncoder().encode(JSON.stringify(settings));
  const { sites } = pipeline.components.dit;
  return {
    async run(random) {
      const folder = new Map<string, Uint8Array>();
      const kind = random.below(3);
      if (kind < 2) folder.set(weights.diffusers, spoil(kind === 0 ? files.diffusers : files.kohya, random));
      else {
        const isConfig = random.below(2) === 0;
        // Settings in the metadata would go before those of the folder.
        const plain = withMetadata(files.diffusers, () => ({}));
        folder.set(weights.peft, isConfig ? plain : mutate(plain, random));
        folder.set(config, isConfig ? mutateJsonText(peftSettings, random) : peftSettings);
      }
      const { folder: source, check } = watched(memoryFolder('here', folder));
      const outcome = await outcomeOf(async () => {
        const read = await loadLora(source, { sites });
        return `read, ${await outcomeOf(() => use(pipeline, read, random.below(drawnEvery) === 0))}`;
      });
      check();
      if (pipeline.adapters.size > 0) throw new SoakFinding('changed', `an adapter is left: ${outcome}`);
      return `${kind === 2 ? 'peft folder' : 'LoRA'}: ${outcome}`;
    },
  };
}

async function use(pipeline: TextToImagePipeline, adapter: LoraAdapter, isDrawn: boolean): Promise<'added'> {
  await pipeline.addAdapter('soak', adapter);
  try {
    if (isDrawn) await pipeline.generate({ prompt: 'a cat', seed: 1 });
  } finally {
    await pipeline.deleteAdapters('soak');
  }
  return 'added';
}

/** The file with a fault in its bytes or header, or in the settings of its metadata. */
function spoil(bytes: Bytes, random: Random): Uint8Array {
  if (random.below(4) > 0) return mutate(bytes, random);
  return withMetadata(bytes, (metadata) => {
    const [name = 'lora_adapter_metadata'] = Object.keys(metadata).filter((each) => each !== 'format');
    return { ...metadata, [name]: JSON.stringify(mutateJson(JSON.parse(metadata[name] ?? '{}') as Json, random)) };
  });
}

function someLora({ components }: TextToImagePipeline): LoraAdapter {
  const modules = components.dit.sites.slice(0, 4).map(({ id, dIn, dOut }) => {
    const [down, up] = [new Float32Array(2 * dIn).fill(0.01), new Float32Array(2 * dOut).fill(0.01)];
    return [id, { dOut, dIn, rank: 2, alpha: 2, down, up }] as const;
  });
  return { modules: new Map(modules) };
}
