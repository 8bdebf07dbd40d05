/** Gradient checkpointing: the loss and its gradients in segments beside the whole pass. */
import { type DiT, type SiteDelta, seededNoise } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { type Program, peakBytes } from '@mokus/graph';
import { describe, expect, it } from 'vitest';
import { blocksProgram, blocksVjpProgram, velocityLossProgram } from '../../src/dit/programs.js';
import { segmentsOf } from '../../src/dit/segmented-loss.js';
import { createQwenImageTransformer } from '../../src/index.js';
import { backends } from '../support/backends.js';
import { componentWeights, expectedTensors, readModelJson, relativeError } from '../support/fixtures.js';

const config = await readModelJson('transformer/config.json');
const weights = await componentWeights('transformer');
const inputs = await expectedTensors('transformer');
const request = {
  latents: inputs.f32('masked.latents'),
  target: inputs.f32('masked.cotangent'),
  grid: { height: 3, width: 5 },
  sigmas: [...inputs.f32('masked.sigmas').data],
  conditioning: { hiddenStates: inputs.f32('masked.states'), mask: inputs.bool('masked.mask') },
};
const timeSite = 'time_text_embed.timestep_embedder.linear_1';

function deltasAt(dit: DiT, ids: readonly string[]): ReadonlyMap<string, SiteDelta> {
  const noise = seededNoise(8);
  return new Map(
    ids.map((id, at): [string, SiteDelta] => {
      const site = dit.sites.find((each) => each.id === id);
      if (site === undefined) throw new Error(`no site ${id}`);
      const { dOut, dIn } = site;
      if (at === 1) return [id, { kind: 'dense', dOut, dIn, delta: noise.normals(dOut * dIn).map((x) => x / 20) }];
      const [u, v] = [noise.normals(dOut * 2).map((x) => x / 5), noise.normals(2 * dIn).map((x) => x / 5)];
      return [id, { kind: 'lowRank', dOut, dIn, rank: 2, u, v }];
    }),
  );
}

function valuesOf(delta: SiteDelta | undefined): readonly number[] {
  if (delta === undefined) throw new Error('a gradient is missing');
  return delta.kind === 'dense' ? [...delta.delta] : [...delta.u, ...delta.v];
}

const [everywhere, above] = [
  [timeSite, 'txt_in', 'transformer_blocks.0.attn.to_q', 'transformer_blocks.1.img_mod.1', 'proj_out'],
  ['transformer_blocks.1.attn.to_q', 'transformer_blocks.1.attn.add_v_proj'],
];

describe.each(backends)('on %s', (name, backend) => {
  // The CPU provider runs the same operations, so the bits are the same. The interpreter computes in float64 and rounds
  // where segments meet (measured: 2.1e-8). The time embedding's gradient is added up in another order (2.1e-7).
  const tolerance = (site: string): number => (name === 'cpu' && site !== timeSite ? 0 : 1e-6);

  it.each([
    ['layers of every kind', everywhere],
    ['layers of the upper block', above],
  ])('one segment a block gives the loss and the gradients of the whole pass, by %s', async (_what, ids) => {
    const dit = await createQwenImageTransformer({ config, weights, backend });
    const parameters = deltasAt(dit, ids);
    const [pushed, delta] = [...deltasAt(dit, ['transformer_blocks.0.attn.to_k'])][0] as [string, SiteDelta];
    dit.pushDelta(pushed, delta);
    const whole = await dit.velocityLoss({ ...request, parameters, wrt: 'parameters' });
    const cut = await dit.velocityLoss({ ...request, parameters, wrt: 'parameters', segments: 9 });
    expect(relativeError(cut.losses, whole.losses)).toBeLessThanOrEqual(tolerance(''));
    expect([...cut.parameters.keys()].sort()).toEqual([...ids].sort());
    for (const id of ids) {
      const error = relativeError(valuesOf(cut.parameters.get(id)), valuesOf(whole.parameters.get(id)));
      expect(error, id).toBeLessThanOrEqual(tolerance(id));
    }
    await dit.dispose();
  });

  it('and the gradient of the conditioning', async () => {
    const dit = await createQwenImageTransformer({ config, weights, backend });
    const parameters = deltasAt(dit, above);
    const whole = await dit.velocityLoss({ ...request, parameters, wrt: 'conditioning' });
    const cut = await dit.velocityLoss({ ...request, parameters, wrt: 'conditioning', segments: 2 });
    expect(cut.parameters.size).toBe(0);
    expect(relativeError(cut.conditioning?.data ?? [], whole.conditioning?.data ?? [])).toBeLessThanOrEqual(
      tolerance(''),
    );
    await dit.dispose();
  });
});

it.each([0, 1.5, Number.NaN])('%j segments are refused', async (segments) => {
  const dit = await createQwenImageTransformer({ config, weights, backend: backends[0]?.[1] as never });
  const error = await refusalOf(() => dit.velocityLoss({ ...request, wrt: 'conditioning', segments }));
  expect(error).toMatchObject({ code: 'input', details: { field: 'segments' } });
});

describe('a transformer of 12 blocks', () => {
  const large = {
    ...{ patchSize: 2, inChannels: 64, layers: 12, heads: 8, headDim: 64, hiddenSize: 512, conditioningSize: 256 },
    ropeAxes: [16, 24, 24] as const,
  };
  const dims = new Map([
    ['batch', 1],
    ['text', 64],
    ['image', 1024],
  ]);
  const wanted = { trials: [], entry: true };
  const peakOf = (program: Program): number => peakBytes(program, dims);

  it('cut at every block needs a third of the memory', () => {
    const segments = segmentsOf(large, 12);
    expect(segments.map(({ first, end }) => end - first)).toEqual(Array(12).fill(1));
    const [last, ...others] = segments.toReversed();
    if (last === undefined) throw new Error('no segments');
    const peak = Math.max(
      peakOf(velocityLossProgram(large, [], wanted, last)),
      ...others.flatMap((each) => [
        peakOf(blocksProgram(large, [], each)),
        peakOf(blocksVjpProgram(large, [], wanted, each)),
      ]),
    );
    const whole = peakOf(velocityLossProgram(large, [], wanted));
    // 394 and 132 MB: each block more adds 24 MB to the whole, and nothing to a segment.
    expect(peak).toBeLessThan(whole / 2.9);
  });

  it('is cut as evenly as its blocks allow', () => {
    expect(segmentsOf(large, 5).map(({ first, end }) => [first, end])).toEqual([
      [0, 2],
      [2, 4],
      [4, 7],
      [7, 9],
      [9, 12],
    ]);
  });
});
