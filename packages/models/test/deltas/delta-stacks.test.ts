import type { Site, SiteDelta } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { DeltaStacks } from '../../src/deltas/delta-stacks.js';

function siteOf(dOut: number, dIn: number): Site {
  const id = 'layers.0.mlp.up_proj';
  return {
    id,
    kind: 'linear',
    layer: 0,
    role: 'up_proj',
    dOut,
    dIn,
    inputGroup: id,
    weight: `${id}.weight`,
    reachesTap: true,
  };
}

function lowRank({ dOut, dIn }: Site, rank: number, value: number): SiteDelta {
  const fill = (count: number, factor: number): Float32Array =>
    Float32Array.from({ length: count }, (_, at) => factor * (1 + (at % 3)));
  return { kind: 'lowRank', dOut, dIn, rank, u: fill(dOut * rank, value), v: fill(rank * dIn, 0.5) };
}

/** U V of what runs. */
function product(stacks: DeltaStacks, site: Site): number[] {
  const { rank, u, v } = stacks.running(site);
  return Array.from({ length: site.dOut * site.dIn }, (_, at) => {
    const [row, column] = [Math.floor(at / site.dIn), at % site.dIn];
    let sum = 0;
    for (let inner = 0; inner < rank; inner++) sum += u.data[row * rank + inner]! * v.data[inner * site.dIn + column]!;
    return sum;
  });
}

describe('what runs for a site', () => {
  it('is rank 1 of zeros when nothing is pushed', () => {
    const { rank, u, v } = new DeltaStacks().running(siteOf(8, 12));
    expect(rank).toBe(1);
    expect([...u.data, ...v.data].every((value) => value === 0)).toBe(true);
  });

  it('is the stack side by side below the smaller side, then one dense matrix', () => {
    const site = siteOf(24, 16);
    const stacks = new DeltaStacks();
    for (let rank = 1; rank < 16; rank++) {
      stacks.push(site, lowRank(site, 1, 1));
      expect(stacks.running(site).v.shape).toEqual([rank, 16]);
    }
    const stacked = product(stacks, site);
    const last = stacks.push(site, lowRank(site, 1, 1));
    // Dense: the matrix beside an identity. The deltas are one matrix, 15 times and then 16.
    expect([...stacks.running(site).v.data].filter((value) => value !== 0)).toEqual(Array(16).fill(1));
    expect(product(stacks, site)).toEqual(stacked.map((value) => (value / 15) * 16));
    stacks.pop(last);
    expect(product(stacks, site)).toEqual(stacked);
    expect(stacks.running(site).v.shape).toEqual([15, 16]);
  });

  it.each([
    [24, 16, 16],
    [16, 24, 16],
  ])('a dense delta of [%i, %i] runs with the smaller identity', (dOut, dIn, rank) => {
    const site = siteOf(dOut, dIn);
    const stacks = new DeltaStacks();
    const delta = Float32Array.from({ length: dOut * dIn }, (_, at) => at % 7);
    stacks.push(site, { kind: 'dense', dOut, dIn, delta });
    expect(stacks.running(site).rank).toBe(rank);
    expect(product(stacks, site)).toEqual([...delta]);
  });

  it('of many deltas is the same bits however the stack came about', () => {
    const site = siteOf(12, 16);
    const deltas = Array.from({ length: 9 }, (_, at) => lowRank(site, 2, 0.1 + at / 7));
    const atOnce = (count: number): number[] => {
      const stacks = new DeltaStacks();
      for (const delta of deltas.slice(0, count)) stacks.push(site, delta);
      return product(stacks, site);
    };
    const stacks = new DeltaStacks();
    const handles = deltas.map((delta) => {
      // A trial on top of each stack, as editors make them.
      const trial = stacks.push(site, lowRank(site, 3, 1.7));
      stacks.running(site);
      stacks.pop(trial);
      const handle = stacks.push(site, delta);
      stacks.running(site);
      return handle;
    });
    expect(product(stacks, site)).toEqual(atOnce(9));
    for (const handle of handles.slice(5).toReversed()) stacks.pop(handle);
    expect(product(stacks, site)).toEqual(atOnce(5));
    const others = deltas.slice(5).map((delta) => stacks.push(site, delta));
    stacks.pop(handles[2]!);
    const without = new DeltaStacks();
    for (const delta of deltas.toSpliced(2, 1)) without.push(site, delta);
    expect(product(stacks, site)).toEqual(product(without, site));
    for (const handle of [...handles.filter((_, at) => at < 5 && at !== 2), ...others]) stacks.pop(handle);
    expect(product(stacks, site).every((value) => value === 0)).toBe(true);
  });

  it('is kept until the stack of that site changes', () => {
    const [site, other] = [siteOf(8, 8), { ...siteOf(8, 8), id: 'layers.1.mlp.up_proj' }];
    const stacks = new DeltaStacks();
    stacks.push(site, lowRank(site, 1, 1));
    const running = stacks.running(site);
    const handle = stacks.push(other, lowRank(other, 1, 1));
    stacks.pop(handle);
    expect(stacks.running(site)).toBe(running);
    stacks.push(site, lowRank(site, 1, 2));
    expect(stacks.running(site)).not.toBe(running);
  });
});
