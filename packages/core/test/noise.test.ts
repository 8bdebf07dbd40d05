import { describe, expect, it } from 'vitest';
import { MokusError, seededNoise } from '../src/index.js';

describe('seededNoise', () => {
  it('draws the uniforms of numpy.random.RandomState(seed).random_sample()', () => {
    const draws = (seed: number) => {
      const noise = seededNoise(seed);
      return Array.from({ length: 4 }, () => noise.uniform());
    };
    expect(draws(0)).toEqual([0.5488135039273248, 0.7151893663724195, 0.6027633760716439, 0.5448831829968969]);
    expect(draws(42)).toEqual([0.3745401188473625, 0.9507143064099162, 0.7319939418114051, 0.5986584841970366]);
    expect(draws(4294967295)).toEqual([0.0976320289940138, 0.9123828453026218, 0.78903530185164, 0.7800035981134678]);
  });

  it('draws the normals of Box-Muller in float64 over those uniforms, computed in numpy', () => {
    const noise = seededNoise(42);
    const expected = [
      0.9226995869613672, -0.2952315230036262, -1.3208690019593181, -0.9427600260691444, 0.324369690160745,
      0.4837706533365938,
    ];
    // log, sin and cos of two libraries may differ in the last bit.
    for (const value of expected) expect(Math.abs(noise.normal() - value)).toBeLessThan(1e-15 * 4);
  });

  it('gives the same stream in one call or many, and a new stream to each generator', () => {
    const whole = seededNoise(7).normals(5);
    const noise = seededNoise(7);
    expect([...noise.normals(1), ...noise.normals(1), ...noise.normals(3)]).toEqual([...whole]);
    expect([...seededNoise(8).normals(5)]).not.toEqual([...whole]);
  });

  it('has the moments of the normal distribution', () => {
    const count = 200_000;
    const values = seededNoise(123).normals(count);
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / count;
    // Four standard errors of each sample moment: sqrt(1, 2, 15, 96) / sqrt(count).
    expect(Math.abs(moment(1))).toBeLessThan(4 * Math.sqrt(1 / count));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / count));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / count));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / count));
  });

  it('gives neighbouring seeds streams that are not correlated', () => {
    const count = 20_000;
    const a = seededNoise(1000).normals(count);
    const b = seededNoise(1001).normals(count);
    const correlation = a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0) / count;
    expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(count));
    // The first draws of many neighbours, which is where a weakly seeded generator shows.
    const firsts = Array.from({ length: 2000 }, (_, seed) => seededNoise(seed).normal());
    const mean = firsts.reduce((sum, value) => sum + value, 0) / firsts.length;
    const lagged = firsts.slice(1).reduce((sum, value, index) => sum + value * (firsts[index] ?? 0), 0) / firsts.length;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(firsts.length));
    expect(Math.abs(lagged)).toBeLessThan(4 / Math.sqrt(firsts.length));
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN])('refuses the seed %s', (seed) => {
    expect(() => seededNoise(seed)).toThrowError(MokusError);
    expect(() => seededNoise(seed)).toThrowError(/whole number from 0 to 4294967295/);
  });
});
