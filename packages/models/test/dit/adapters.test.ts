/** Gradients of adapter factors beside those of peft; mokus/test/lora.test.ts compares velocities, through LoRA files. */
import { type LoraModule, loraDelta, readWeight, type SiteDelta } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { createQwenImageTransformer } from '../../src/index.js';
import { backends } from '../support/backends.js';
import { componentWeights, expectedTensors, fileWeights, readModelJson, relativeError } from '../support/fixtures.js';

const expected = await expectedTensors('expected', 'lora');
const inputs = await expectedTensors('transformer');
const config = await readModelJson('transformer/config.json');
const weights = await componentWeights('transformer');
const style = await fileWeights('lora/style/pytorch_lora_weights.safetensors');
const [hiddenSize, rank, alpha] = [48, 4, 8];

async function moduleOf(id: string): Promise<LoraModule> {
  const factor = async (name: string, shape: readonly number[]): Promise<Float32Array> =>
    (await readWeight(style, `transformer.${id}.${name}.weight`, shape)).data;
  return {
    ...{ dOut: hiddenSize, dIn: hiddenSize, rank, alpha },
    down: await factor('lora_A', [rank, hiddenSize]),
    up: await factor('lora_B', [hiddenSize, rank]),
  };
}

const ids = [0, 1].flatMap((block) =>
  ['to_q', 'to_k', 'to_v', 'to_out.0'].map((name) => `transformer_blocks.${block}.attn.${name}`),
);
const parameters = new Map<string, SiteDelta>();
for (const id of ids) parameters.set(id, loraDelta(await moduleOf(id)));

const request = {
  latents: inputs.f32('masked.latents'),
  grid: { height: 3, width: 5 },
  sigmas: [...inputs.f32('masked.sigmas').data],
  conditioning: { hiddenStates: inputs.f32('masked.states'), mask: inputs.bool('masked.mask') },
};

describe.each(backends)('on %s the transformer differentiates a LoRA as peft does', (_name, backend) => {
  // On the CPU provider 1.8e-5 was measured for the velocity, 2.4e-5 for gradients.
  it('velocity, and the gradients of all factors', async () => {
    const dit = await createQwenImageTransformer({ config, weights, backend });
    const velocity = await dit.velocity({ ...request, parameters });
    expect(relativeError(velocity.data, expected.f32('velocity.style').data)).toBeLessThan(5e-5);
    const gradients = await dit.parameterGradients({
      ...request,
      parameters,
      cotangent: inputs.f32('masked.cotangent'),
    });
    expect([...gradients.keys()]).toEqual(expect.arrayContaining(ids));
    for (const id of ids) {
      const gradient = gradients.get(id);
      if (gradient?.kind !== 'lowRank') throw new Error(`no gradient of ${id}`);
      // U is alpha / rank B.
      const up = gradient.u.map((value) => (value * alpha) / rank);
      expect(relativeError(gradient.v, expected.f32(`gradient.${id}.lora_A.weight`).data)).toBeLessThan(1e-4);
      expect(relativeError(up, expected.f32(`gradient.${id}.lora_B.weight`).data)).toBeLessThan(1e-4);
    }
    await dit.dispose();
  });
});
