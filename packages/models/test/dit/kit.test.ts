import { type DiT, f32Tensor, referenceBackend, type SiteDelta, type VelocityRequest } from '@mokus/core';
import { testDiT } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { createQwenImageTransformer } from '../../src/index.js';
import { backends } from '../support/backends.js';
import { componentWeights, readModelJson } from '../support/fixtures.js';

const config = await readModelJson('transformer/config.json');
const weights = await componentWeights('transformer');
const create = (backend = referenceBackend()) => createQwenImageTransformer({ config, weights, backend });

describe.each(backends)('on %s the transformer passes the kit', (_name, backend) => {
  testDiT({ test: it, create: () => create(backend) });
});

describe('the kit catches', () => {
  const unmasked = (request: VelocityRequest): VelocityRequest => ({
    ...request,
    conditioning: { ...request.conditioning, mask: undefined },
  });
  const faults: readonly (readonly [fault: string, named: string, wrong: (dit: DiT) => Partial<DiT>])[] = [
    [
      'a mask that is ignored',
      'padding rows change nothing',
      (dit) => ({
        velocity: (request, options) => dit.velocity(unmasked(request), options),
      }),
    ],
    [
      'one noise level for the whole batch',
      'a batch gives what its members give',
      (dit) => ({
        velocity: (request, options) =>
          dit.velocity({ ...request, sigmas: request.sigmas.map(() => request.sigmas[0] as number) }, options),
      }),
    ],
    [
      'a gradient that is 2 % too long',
      'conditioningVjp is the derivative',
      (dit) => ({
        conditioningVjp: async (request, options) => {
          const { shape, data } = await dit.conditioningVjp(request, options);
          return f32Tensor(
            shape,
            data.map((value) => value * 1.02),
          );
        },
      }),
    ],
    [
      'a gradient that leaks into the padding',
      'conditioningVjp is the derivative',
      (dit) => ({
        conditioningVjp: (request, options) =>
          dit.conditioningVjp({ ...unmasked(request), cotangent: request.cotangent }, options),
      }),
    ],
    [
      'a signal that is ignored',
      'a cancelled call says so',
      (dit) => ({
        velocity: (request) => dit.velocity(request),
      }),
    ],
    ['a popDelta that does nothing', 'a pushed delta acts on the velocity', () => ({ popDelta: () => undefined })],
    [
      'trial deltas that are ignored',
      'deltas of one site add up',
      (dit) => ({
        velocity: ({ parameters: _, ...request }, options) => dit.velocity(request, options),
      }),
    ],
    [
      'gradients by factors that are 2 % too long',
      'parameterGradients are the derivatives',
      (dit) => ({
        parameterGradients: async (request, options) => {
          const gradients = await dit.parameterGradients(request, options);
          const longer = (values: Float32Array): Float32Array => values.map((value) => value * 1.02);
          const scaled = (delta: SiteDelta): SiteDelta =>
            delta.kind === 'dense'
              ? { ...delta, delta: longer(delta.delta) }
              : { ...delta, u: longer(delta.u), v: longer(delta.v) };
          return new Map([...gradients].map(([site, delta]) => [site, scaled(delta)]));
        },
      }),
    ],
    [
      'a fingerprint that a delta changes',
      'the fingerprint is a sha256',
      (dit) => ({
        fingerprint: async () => (await dit.fingerprint()).slice(1) + (dit.deltas().length > 0 ? '1' : '0'),
      }),
    ],
    [
      'segments whose gradients are 2 % too long',
      'velocityLoss in segments',
      (dit) => ({
        velocityLoss: async (request, options) => {
          const loss = await dit.velocityLoss(request, options);
          const { conditioning } = loss;
          if (request.segments !== 2 || conditioning === undefined) return loss;
          return { ...loss, conditioning: { ...conditioning, data: conditioning.data.map((value) => 1.02 * value) } };
        },
      }),
    ],
    ['a dispose that does nothing', 'after dispose it refuses', () => ({ dispose: async () => {} })],
  ];

  it.each(faults)('%s', async (_fault, named, wrong) => {
    const failed: string[] = [];
    const checks: Promise<void>[] = [];
    testDiT({
      create: async () => {
        const dit = await create();
        return { ...dit, ...wrong(dit) };
      },
      test: (name, run) => {
        if (name.startsWith(named)) checks.push(run().catch(() => void failed.push(name)));
      },
    });
    await Promise.all(checks);
    expect(failed).toEqual([expect.stringContaining(named)]);
  });
});
