/** Five steps of training a LoRA beside diffusers, peft and torch's AdamW (tools/models-fixtures/lora_training.py). */
import { Adam, f32Tensor, type LoraModule } from '@mokus/core';
import { createQwenImageTransformer } from '@mokus/models';
import { describe, expect, it } from 'vitest';
import { backends } from '../../../models/test/support/backends.js';
import { componentWeights, readModelJson } from '../../../models/test/support/fixtures.js';
import { LoraParameters } from '../../src/learn/lora-parameters.js';
import { fixtureTensors, relativeError } from '../support/tensors.js';

const expected = await fixtureTensors('training');
const [hiddenSize, rank, alpha, steps, maxNorm] = [48, 4, 8, 5, 0.4];

async function factors(kind: 'start' | 'end'): Promise<Map<string, LoraModule>> {
  const modules = new Map<string, LoraModule>();
  for (const name of expected.names) {
    const id = name.match(/^start\.(.*)\.lora_A\.weight$/)?.[1];
    if (id === undefined) continue;
    const down = (await expected.f32(`${kind}.${id}.lora_A.weight`)).data;
    const up = (await expected.f32(`${kind}.${id}.lora_B.weight`)).data;
    modules.set(id, { dOut: hiddenSize, dIn: hiddenSize, rank, alpha, down, up });
  }
  return modules;
}

describe.each(backends)('on %s', (_name, backend) => {
  // Measured on both: gradients 4.4e-6, factors 7.3e-7 of the largest.
  it('loss, every gradient of the factors, and the factors after five clipped steps of AdamW are those of peft', async () => {
    const dit = await createQwenImageTransformer({
      config: await readModelJson('transformer/config.json'),
      weights: await componentWeights('transformer'),
      backend,
    });
    const start = await factors('start');
    expect(start.size).toBe(8);
    const parameters = new LoraParameters(start);
    const optimiser = new Adam({ learningRate: 2e-4, weightDecay: 1e-4 });
    const losses = (await expected.f32('losses')).data;
    for (let step = 0; step < steps; step++) {
      const [z, eps, sigma] = await Promise.all(['z', 'eps', 'sigma'].map((name) => expected.f32(`${name}.${step}`)));
      if (z === undefined || eps === undefined || sigma === undefined) throw new Error('the fixture is short');
      const size = z.data.length / sigma.data.length;
      const at = (index: number): number => sigma.data[Math.floor(index / size)] as number;
      const { losses: got, parameters: gradients } = await dit.velocityLoss({
        latents: f32Tensor(
          z.shape,
          z.data.map((value, index) => (1 - at(index)) * value + at(index) * (eps.data[index] as number)),
        ),
        target: f32Tensor(
          z.shape,
          eps.data.map((value, index) => value - (z.data[index] as number)),
        ),
        grid: { height: 3, width: 5 },
        sigmas: [...sigma.data],
        conditioning: { hiddenStates: await expected.f32('states'), mask: await expected.bool('mask') },
        parameters: parameters.deltas(),
        wrt: 'parameters',
      });
      expect(
        Math.abs(got.reduce((sum, each) => sum + each, 0) / got.length / (losses[step] as number) - 1),
      ).toBeLessThan(1e-5);
      parameters.accumulate(gradients, 1);
      if (step === 0) {
        for (const [id, { up, down }] of parameters.gradients()) {
          expect(relativeError(down, (await expected.f32(`gradient.${id}.lora_A.weight`)).data)).toBeLessThan(1e-4);
          expect(relativeError(up, (await expected.f32(`gradient.${id}.lora_B.weight`)).data)).toBeLessThan(1e-4);
        }
      }
      parameters.step(optimiser, maxNorm);
    }
    const { modules } = parameters.adapter();
    for (const [id, { down, up }] of await factors('end')) {
      expect(relativeError(modules.get(id)?.down ?? [], down)).toBeLessThan(1e-4);
      expect(relativeError(modules.get(id)?.up ?? [], up)).toBeLessThan(1e-4);
    }
    await dit.dispose();
  });
});
