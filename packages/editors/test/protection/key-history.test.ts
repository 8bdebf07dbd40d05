import { seededNoise } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { createKeyHistory, type KeyHistory } from '../../src/index.js';
import type { KeptRidge } from '../../src/protection/key-history.js';
import { identityRidge, momentRidge, protectedRidge } from '../../src/solvers/ridge.js';
import { gramOf, relativeError } from '../support/fixtures.js';

const dIn = 5;
const noise = seededNoise(1);
const rows = Array.from({ length: 23 }, () => Array.from({ length: dIn }, () => noise.normal()));

function historyOf(count: number): KeyHistory {
  const history = createKeyHistory();
  for (const row of rows.slice(0, count)) history.add('group', dIn, Float64Array.from(row));
  return history;
}

async function applied(history: KeyHistory, kept: KeptRidge, probe: Float64Array): Promise<Float64Array> {
  return (await history.ridge('group', kept)).apply(probe);
}

describe('the keys of earlier edits', () => {
  it('are kept one by one, and beyond 2 dIn as dIn that hold as much back', async () => {
    expect([...historyOf(10).keys('group')]).toEqual(rows.slice(0, 10).flat());
    const many = historyOf(23);
    expect(many.keys('group').length).toBeLessThanOrEqual(2 * dIn * dIn);
    const kept = Array.from({ length: many.keys('group').length / dIn }, (_, row) => [
      ...many.keys('group').subarray(row * dIn, (row + 1) * dIn),
    ]);
    // Measured: 4.9e-16.
    expect(relativeError(gramOf(kept), gramOf(rows))).toBeLessThan(1e-12);
    const probe = Float64Array.of(1, -2, 0.5, 3, 1);
    const whole = await protectedRidge(identityRidge(dIn, 0.3), Float64Array.from(rows.flat()));
    const held = await protectedRidge(identityRidge(dIn, 0.3), many.keys('group'));
    expect(relativeError(await held.apply(probe), await whole.apply(probe))).toBeLessThan(1e-12);
  });

  it('are worked into a ridge as they come, as if all had been there at once', async () => {
    const history = createKeyHistory();
    const kept = { base: momentRidge(gramOf(rows.slice(0, 4)), dIn, 0.2, 0.5), weight: 3 };
    const probe = Float64Array.of(0.4, -1, 2, 0.1, 1);
    const scaled = (count: number) => Float64Array.from(rows.slice(0, count).flat(), (value) => Math.sqrt(3) * value);
    for (const [at, row] of rows.entries()) {
      expect(await applied(history, kept, probe)).toHaveLength(dIn);
      history.add('group', dIn, Float64Array.from(row));
      // Sums of k k^T replace the keys at 11 and 17 of them; an asking in between is of the fewer rows.
      const whole = await (await protectedRidge(kept.base, scaled(at + 1))).apply(probe);
      // Measured: 2e-15 at most.
      expect(relativeError(await applied(history, kept, probe), whole)).toBeLessThan(1e-12);
      const other = { ...kept, weight: 1 };
      const keys = Float64Array.from(rows.slice(0, at + 1).flat());
      const unweighed = await (await protectedRidge(kept.base, keys)).apply(probe);
      if (at % 3 === 0) expect(relativeError(await applied(history, other, probe), unweighed)).toBeLessThan(1e-12);
    }
  });

  it('of a group that no edit has changed are none', () => {
    expect(historyOf(3).keys('other')).toHaveLength(0);
  });
});
