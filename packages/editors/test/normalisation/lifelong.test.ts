import { describe, expect, it } from 'vitest';
import { createLifelongState } from '../../src/index.js';
import { rowSquares } from '../../src/normalisation/captured-site.js';
import { capturedSite, type LifelongFixtures, readFixtures, relativeError } from '../support/fixtures.js';

const fixtures = await readFixtures<LifelongFixtures>('lifelong');
const turns = fixtures.turns.map((turn) => turn.map(capturedSite));

describe('the lifelong normaliser', () => {
  it('folds and normalises as the formula does in numpy, a turn of one row included', () => {
    const state = createLifelongState();
    for (const turn of turns) for (const site of turn) state.fold(site);
    const moments = state.toJSON();
    expect(Object.keys(moments)).toEqual(Object.keys(fixtures.moments));
    for (const [shape, expected] of Object.entries(fixtures.moments)) {
      expect(moments[shape]!.count).toBe(expected.count);
      expect(relativeError(moments[shape]!.mean, expected.mean)).toBeLessThan(1e-12);
      expect(relativeError(moments[shape]!.squares, expected.squares)).toBeLessThan(1e-12);
    }
    for (const site of turns.at(-1)!) {
      const { h, g } = fixtures.normalised[site.site.id]!;
      const { inputSquares, gradients } = state.normalise(site);
      expect(relativeError(inputSquares, rowSquares(Float64Array.from(h.flat()), site.site.dIn))).toBeLessThan(1e-12);
      expect(relativeError(gradients, g.flat())).toBeLessThan(1e-12);
    }
  });

  it('goes on from JSON as if it had never been away', () => {
    const whole = createLifelongState();
    for (const turn of turns) for (const site of turn) whole.fold(site);
    const first = createLifelongState();
    for (const site of turns[0]!) first.fold(site);
    const resumed = createLifelongState(JSON.parse(JSON.stringify(first)));
    for (const turn of turns.slice(1)) for (const site of turn) resumed.fold(site);
    expect(resumed.toJSON()).toEqual(whole.toJSON());
    expect(first.toJSON()).not.toEqual(whole.toJSON());
  });

  it('refuses a state of one row, which would edit nothing, and is not poisoned by it', () => {
    const [site] = turns[1]!;
    const state = createLifelongState();
    state.fold(site!);
    expect(() => state.normalise(site!)).toThrow(/the edit would do nothing.*'gradientRowNorm' or 'none'/);
    for (const other of turns[2]!) state.fold(other);
    expect(state.normalise(site!).gradients.every(Number.isFinite)).toBe(true);
  });
});
