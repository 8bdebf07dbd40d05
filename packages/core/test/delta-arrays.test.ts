import { describe, expect, it } from 'vitest';
import { deltaArrays, MokusError, requireDelta, type SiteDelta } from '../src/index.js';

const u = Float32Array.of(1, 2);
const v = Float32Array.of(3, 4, 5);
const lowRank: SiteDelta = { kind: 'lowRank', dOut: 2, dIn: 3, rank: 1, u, v };
const dense: SiteDelta = { kind: 'dense', dOut: 1, dIn: 3, delta: v };

describe('deltaArrays', () => {
  it('are U and V, or the dense matrix, themselves', () => {
    expect(deltaArrays(lowRank)).toEqual([u, v]);
    expect(deltaArrays(lowRank)[0]).toBe(u);
    expect(deltaArrays(dense)).toEqual([v]);
  });
});

describe('requireDelta', () => {
  it('takes what is of its sizes and finite', () => {
    expect(() => requireDelta('here', lowRank, {})).not.toThrow();
    expect(() => requireDelta('here', dense, {})).not.toThrow();
  });

  it.each<[string, SiteDelta, RegExp]>([
    ['a rank of 0', { ...lowRank, rank: 0 }, /sizes \[2, 0, 3\], each must be a whole number from 1/],
    ['a size that is no whole number', { ...dense, dOut: 0.5 }, /sizes \[0\.5, 3\]/],
    ['an array of another length', { ...lowRank, v: u }, /V \[1, 3\] needs 3 values and has 2/],
    ['no array', { kind: 'dense', dOut: 1, dIn: 3 } as SiteDelta, /delta \[1, 3\] needs 3 values and has 0/],
    ['a number that is not finite', { ...lowRank, u: Float32Array.of(0, Number.NaN) }, /U \[2, 1\] is NaN at row 1/],
  ])('refuses %s, by place, array and row', (_, delta, message) => {
    let thrown: unknown;
    try {
      requireDelta('a file, "site"', delta, { site: 'site' });
    } catch (error) {
      thrown = error;
    }
    expect(MokusError.isInstance(thrown) && thrown).toMatchObject({ code: 'edit', details: { site: 'site' } });
    expect((thrown as Error).message).toMatch(message);
    expect((thrown as Error).message).toMatch(/^a file, "site": .*; make the edit again$/);
  });
});
