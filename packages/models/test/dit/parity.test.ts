import type { HostTensor, VelocityRequest } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { readQwenImageTransformerConfig } from '../../src/dit/config.js';
import { inputsOf } from '../../src/dit/inputs.js';
import { keptRotaryTables } from '../../src/dit/rotary-positions.js';
import { traceVelocity } from '../../src/dit/trace-velocity.js';
import { createQwenImageTransformer } from '../../src/index.js';
import { backends } from '../support/backends.js';
import { componentWeights, expectedTensors, readModelJson, relativeError } from '../support/fixtures.js';

const expected = await expectedTensors('transformer');
const json = await readModelJson('transformer/config.json');
const weights = await componentWeights('transformer');

const requests: Readonly<Record<'masked' | 'whole', VelocityRequest>> = {
  masked: request('masked', { height: 3, width: 5 }, expected.bool('masked.mask')),
  whole: request('whole', { height: 4, width: 2 }, undefined),
};

function request(name: string, grid: VelocityRequest['grid'], mask: HostTensor<'bool'> | undefined): VelocityRequest {
  return {
    latents: expected.f32(`${name}.latents`),
    grid,
    sigmas: [...expected.f32(`${name}.sigmas`).data],
    conditioning: { hiddenStates: expected.f32(`${name}.states`), mask },
  };
}

describe.each(backends)('on %s the transformer computes what diffusers does', (_name, backend) => {
  // diffusers takes the sine of 1000 t in fp32: 7.3e-6 measured for velocities, 1.5e-5 for gradients.
  it.each(Object.entries(requests))('velocity and gradient of %s', async (name, each) => {
    const dit = await createQwenImageTransformer({ config: json, weights, backend });
    const velocity = await dit.velocity(each);
    expect(velocity.shape).toEqual(each.latents.shape);
    expect(relativeError(velocity.data, expected.f32(`${name}.velocity`).data)).toBeLessThan(3e-5);
    const gradient = await dit.conditioningVjp({ ...each, cotangent: expected.f32(`${name}.cotangent`) });
    expect(relativeError(gradient.data, expected.f32(`${name}.gradient`).data)).toBeLessThan(5e-5);
    await dit.dispose();
  });

  it('what each block returns, text and image', async () => {
    const config = readQwenImageTransformerConfig(json, 'config.json');
    const { graph, blocks } = traceVelocity(config);
    blocks.forEach((block, index) => {
      graph.output(`block.${index}.text`, block.text);
      graph.output(`block.${index}.image`, block.image);
    });
    const module = await backend.load(weights, { blocks: graph.build() });
    const outputs = await module.run('blocks', inputsOf(config, requests.masked, keptRotaryTables(config.ropeAxes)));
    expect(Object.keys(outputs)).toHaveLength(2 * config.layers);
    for (const [name, output] of Object.entries(outputs)) {
      expect(relativeError(output.data, expected.f32(`masked.${name}`).data)).toBeLessThan(3e-5);
    }
    await module.dispose();
  });
});
