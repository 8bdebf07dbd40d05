import { type CheckpointFiles, type ComponentOutline, createArchitectureRegistry, type WeightStore } from '@mokus/core';
import { defaultLowerings, type LowerOptions, lower } from '@mokus/onnx';
import { describe, expect, it } from 'vitest';
import { readQwenImageTransformerConfig } from '../../src/dit/config.js';
import { traceVelocity } from '../../src/dit/trace-velocity.js';
import { registerOutlines } from '../../src/index.js';
import {
  type FullSizeComponent,
  type FullSizeNetwork,
  fullSizeNetwork,
  weightsWithoutBytes,
} from '../support/full-size.js';

const registry = createArchitectureRegistry();
registerOutlines(registry);

const networks = {
  transformer: await fullSizeNetwork('transformer'),
  text_encoder: await fullSizeNetwork('text_encoder'),
  vae: await fullSizeNetwork('vae'),
};

async function outlineOf(component: FullSizeComponent, weights: WeightStore): Promise<ComponentOutline> {
  const { className, config }: FullSizeNetwork = networks[component];
  const files: CheckpointFiles = {
    name: 'full-size',
    exists: async () => true,
    readJson: async () => config,
    readText: async () => '',
    weights: async () => weights,
  };
  const outliner = registry.outlines.get(className);
  if (outliner === undefined) throw new Error(`nobody outlines ${className}`);
  return outliner({ files, component });
}

/** Names and shapes of all weights that the component's programs read. */
function asked({ programs }: ComponentOutline): Record<string, readonly number[]> {
  const specs = Object.values(programs).flatMap(({ program }) => program.weights);
  return Object.fromEntries(specs.map(({ name, shape }) => [name, shape]));
}

function tensorsOf(
  component: FullSizeComponent,
  isWanted: (name: string) => boolean,
): Record<string, readonly number[]> {
  return Object.fromEntries([...networks[component].tensors].filter(([name]) => isWanted(name)));
}

describe('at full size', () => {
  it('the reference classes have the sizes that the released model is known by', () => {
    const sizes = Object.values(networks).map(({ tensors, tensorCount, parameters }) => [
      tensors.size,
      tensorCount,
      parameters,
    ]);
    expect(sizes).toEqual([
      [1933, 1933, 20_430_401_088],
      [729, 729, 8_292_166_656],
      [194, 194, 126_892_531],
    ]);
  });

  it('the transformer declares exactly the 1,933 tensors that diffusers does', () => {
    const config = readQwenImageTransformerConfig(networks.transformer.config, 'config.json');
    const declared = traceVelocity(config).graph.values.flatMap(({ origin, shape }) =>
      origin.kind === 'weight' ? [[origin.name, shape] as const] : [],
    );
    expect(declared).toHaveLength(1933);
    expect(Object.fromEntries(declared)).toEqual(tensorsOf('transformer', () => true));
  });

  it('its programs read all but what the last block makes of the text, which reaches no picture', async () => {
    const outline = await outlineOf('transformer', weightsWithoutBytes('transformer', networks.transformer));
    const lost = /^transformer_blocks\.59\.(?:attn\.to_add_out|txt_mlp\.net\.[02](?:\.proj)?)\.(?:weight|bias)$/;
    expect(Object.keys(asked(outline))).toHaveLength(1933 - 6);
    expect(asked(outline)).toEqual(tensorsOf('transformer', (name) => !lost.test(name)));
    expect(outline.adapterTargets).toHaveLength(240);
    for (const module of outline.adapterTargets) {
      expect(networks.transformer.tensors.get(`${module}.weight`)).toEqual([3072, 3072]);
    }
  });

  it.each([
    ['the spelling of the released files', (name: string) => name],
    [
      'the newer spelling',
      (name: string) =>
        name.replace(/^visual\./, 'model.visual.').replace(/^model\.(?!visual)/, 'model.language_model.'),
    ],
  ])('the text encoder asks for the language model and the output projection, in %s', async (_, rename) => {
    const outline = await outlineOf('text_encoder', weightsWithoutBytes('text_encoder', networks.text_encoder, rename));
    const language = Object.entries(tensorsOf('text_encoder', (name) => !name.startsWith('visual.')));
    expect(language).toHaveLength(12 * 28 + 3);
    expect(asked(outline)).toEqual(Object.fromEntries(language.map(([name, shape]) => [rename(name), shape])));
    expect(outline.sites).toHaveLength(3 * 28);
    for (const { id, dOut, dIn } of outline.sites) {
      expect(networks.text_encoder.tensors.get(`model.${id}.weight`)).toEqual([dOut, dIn]);
    }
  });

  it('encoding prompts reads no output projection', async () => {
    const outline = await outlineOf('text_encoder', weightsWithoutBytes('text_encoder', networks.text_encoder));
    const hidden = outline.programs.hidden?.program.weights.map(({ name }) => name);
    expect(hidden).toHaveLength(12 * 28 + 2);
    expect(hidden).not.toContain('lm_head.weight');
  });

  it('the VAE asks for every tensor but the convolutions over time, which one picture never meets', async () => {
    const outline = await outlineOf('vae', weightsWithoutBytes('vae', networks.vae));
    expect(asked(outline)).toEqual(tensorsOf('vae', (name) => !name.includes('.time_conv.')));
    expect(outline.spatialFactor).toBe(8);
  });

  // Times are measured by `npm run bench:fullsize`.
  it.each(['transformer', 'text_encoder', 'vae'] as const)(
    'all programs of the %s lower',
    async (component) => {
      const store = weightsWithoutBytes(component, networks[component]);
      const outline = await outlineOf(component, store);
      const programs = Object.fromEntries(
        Object.entries(outline.programs).map(([name, { program }]) => [name, program]),
      );
      const options: LowerOptions = {
        backend: 'full size',
        compute: ['f32'],
        storage: ['bf16'],
        lowerings: defaultLowerings,
        mapsFiles: true,
        castsStorage: true,
      };
      const lowered = await lower(programs, store, options);
      expect(lowered.weights.initializers).toHaveLength(Object.keys(asked(outline)).length);
      expect([...lowered.programs.keys()]).toEqual(Object.keys(programs));
      // Weights are named, not carried.
      expect(lowered.model.byteLength).toBeLessThan(64 * 2 ** 20);
    },
    300_000,
  );
});
