import { cpuBackend } from '@mokus/backend-cpu';
import { type Edit, type SiteDelta, seededNoise, type TextToImagePipeline } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { tinyPipeline } from '../support/pipeline.js';

const pipeline = await tinyPipeline(cpuBackend());
const { textEncoder } = pipeline.components;
const baseModel = await textEncoder.fingerprint();
const prompt = 'a cat';

afterAll(() => pipeline.dispose());

function edit(seed: number, sites: readonly string[], change: Partial<Edit['provenance']> = {}): Edit {
  const noise = seededNoise(seed);
  const deltaOf = (id: string): SiteDelta => {
    const site = textEncoder.sites.find((each) => each.id === id);
    const { dOut, dIn } = site ?? { dOut: 2, dIn: 2 };
    return { kind: 'lowRank', dOut, dIn, rank: 1, u: noise.normals(dOut), v: noise.normals(dIn) };
  };
  return {
    sites: new Map(sites.map((site) => [site, deltaOf(site)])),
    provenance: {
      ...{ baseModel, editor: 'test', objective: 'none', template: 'pipeline', options: {}, requests: [] },
      ...change,
    },
  };
}

async function statesOf(from: TextToImagePipeline): Promise<readonly number[]> {
  return [...(await from.encodePrompt(prompt)).hiddenStates.data];
}

const [first, second, third] = textEncoder.sites.filter(({ role }) => role === 'gate_proj').map(({ id }) => id) as [
  string,
  string,
  string,
];

describe('edits of a pipeline', () => {
  it('change the conditioning and the picture, and revert bit-exact', async () => {
    const before = await pipeline.generate({ prompt, seed: 5 });
    const change = edit(1, [first, second]);
    await pipeline.apply(change);
    expect(pipeline.edits).toEqual([change]);
    const edited = await pipeline.generate({ prompt, seed: 5 });
    expect(edited.latents.data).not.toEqual(before.latents.data);
    await pipeline.revert(change);
    expect(pipeline.edits).toEqual([]);
    expect(textEncoder.deltas()).toEqual([]);
    expect(await pipeline.generate({ prompt, seed: 5 })).toEqual(before);
  });

  it('stack, and come off in any order', async () => {
    const [a, b, c] = [edit(2, [first]), edit(3, [first, second]), edit(4, [third])];
    const none = await statesOf(pipeline);
    await pipeline.apply(a);
    await pipeline.apply(c);
    const withoutB = await statesOf(pipeline);
    await pipeline.revert(a);
    await pipeline.revert(c);
    for (const each of [a, b, c]) await pipeline.apply(each);
    expect(pipeline.edits).toEqual([a, b, c]);
    expect(await statesOf(pipeline)).not.toEqual(withoutB);
    await pipeline.revert(b);
    expect(await statesOf(pipeline)).toEqual(withoutB);
    await pipeline.revert(a);
    await pipeline.revert(c);
    expect(await statesOf(pipeline)).toEqual(none);
  });

  it.each([
    ['an unknown site', 'site', edit(5, [first, second, 'layers.99.mlp.gate_proj'])],
    ['a delta that is not finite', 'edit', withNaN(edit(6, [first, second]))],
    ['no site', 'edit', edit(7, [])],
    ['another base model', 'base-model', edit(8, [first], { baseModel: 'f'.repeat(64) })],
  ] as const)('with %s are refused as a whole', async (_what, code, wrong) => {
    const kept = edit(9, [first]);
    await pipeline.apply(kept);
    const before = textEncoder.deltas();
    expect((await refusalOf(() => pipeline.apply(wrong))).code).toBe(code);
    expect(textEncoder.deltas()).toEqual(before);
    expect(pipeline.edits).toEqual([kept]);
    await pipeline.revert(kept);
  });

  it('of another model are refused with both names and the mend', async () => {
    const error = await refusalOf(() => pipeline.apply(edit(8, [first], { baseModel: 'f'.repeat(64) })));
    expect(error.message).toContain('ffffffffffff');
    expect(error.message).toContain(baseModel.slice(0, 12));
    expect(error.message).toMatch(/load the model it was made on/);
  });

  it('are refused twice, one after the other and at once; what is not applied cannot be reverted', async () => {
    const change = edit(10, [first]);
    const both = await Promise.allSettled([pipeline.apply(change), pipeline.apply(change)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await refusalOf(() => pipeline.apply(change))).message).toMatch(/applied already/);
    expect(textEncoder.deltas()).toHaveLength(1);
    await pipeline.revert(change);
    expect((await refusalOf(() => pipeline.revert(change))).code).toBe('edit');
    await pipeline.apply(change);
    await pipeline.revert(change);
  });
});

function withNaN(whole: Edit): Edit {
  const [site, delta] = [...whole.sites].at(-1) as [string, SiteDelta & { kind: 'lowRank' }];
  const u = delta.u.slice();
  u[1] = Number.NaN;
  return { ...whole, sites: new Map([...whole.sites, [site, { ...delta, u }]]) };
}
