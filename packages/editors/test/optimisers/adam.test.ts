import { describe, expect, it } from 'vitest';
import { Adam } from '../../src/index.js';
import { type AdamFixtures, readFixtures, relativeError } from '../support/fixtures.js';

const { start, gradients, learningRate, cases } = await readFixtures<AdamFixtures>('adam');

describe('Adam', () => {
  it.each(cases)('steps as torch does, weight decay $weightDecay', ({ weightDecay, expected }) => {
    const optimiser = new Adam({ learningRate, weightDecay });
    const parameter = Float32Array.from(start);
    for (const gradient of gradients) optimiser.step('p', parameter, Float32Array.from(gradient));
    // torch ran in float64; fp32 parameters and moments: measured 1e-7.
    expect(relativeError(parameter, expected)).toBeLessThan(1e-6);
    expect(relativeError(start, expected)).toBeGreaterThan(0.04);
  });

  it.each([
    ['learningRate', { learningRate: 0 }],
    ['betas', { learningRate: 1, betas: [0.9, 1] as const }],
    ['weightDecay', { learningRate: 1, weightDecay: -1 }],
  ])('refuses %s out of its range', (field, options) => {
    expect(() => new Adam(options)).toThrow(new RegExp(`Adam: ${field} is`));
  });
});
