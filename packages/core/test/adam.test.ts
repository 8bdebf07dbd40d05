import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Adam, resolveAdam } from '../src/index.js';
import { relativeError } from '../src/testing/expectations.js';

interface AdamFixtures {
  readonly start: readonly number[];
  readonly gradients: readonly (readonly number[])[];
  readonly learningRate: number;
  readonly cases: readonly { readonly weightDecay: number; readonly expected: readonly number[] }[];
}

/** tools/editors-fixtures.py */
const fixtures: AdamFixtures = JSON.parse(await readFile(new URL('./fixtures/adam.json', import.meta.url), 'utf8'));
const { start, gradients, learningRate, cases } = fixtures;

describe('Adam', () => {
  it.each(cases)('steps as torch does, weight decay $weightDecay', ({ weightDecay, expected }) => {
    const optimiser = new Adam({ learningRate, weightDecay });
    const parameter = Float32Array.from(start);
    for (const gradient of gradients) optimiser.step('p', parameter, Float32Array.from(gradient));
    // torch ran in float64; fp32 parameters and moments: measured 1e-7.
    expect(relativeError(parameter, expected)).toBeLessThan(1e-6);
    expect(relativeError(start, expected)).toBeGreaterThan(0.04);
  });

  it.each(cases)('keeps float64 parameters in float64, weight decay $weightDecay', ({ weightDecay, expected }) => {
    const optimiser = new Adam<Float64Array>({ learningRate, weightDecay });
    const parameter = Float64Array.from(start);
    for (const gradient of gradients) optimiser.step('p', parameter, Float64Array.from(gradient));
    expect(relativeError(parameter, expected)).toBeLessThan(1e-9);
  });

  it('goes on from a kept state as if it had never stopped', () => {
    const run = (steps: readonly (readonly number[])[], parameter: Float32Array, optimiser: Adam): void => {
      for (const gradient of steps) optimiser.step('p', parameter, Float32Array.from(gradient));
    };
    const [whole, cut] = [Float32Array.from(start), Float32Array.from(start)];
    run(gradients, whole, new Adam({ learningRate, weightDecay: 0.1 }));
    const first = new Adam({ learningRate, weightDecay: 0.1 });
    run(gradients.slice(0, 4), cut, first);
    const kept = first.state();
    run(gradients.slice(4, 5), Float32Array.from(start), first);
    const second = new Adam({ learningRate, weightDecay: 0.1 });
    second.restore(kept);
    run(gradients.slice(4), cut, second);
    expect(cut).toEqual(whole);
  });

  it.each([
    ['learningRate', { learningRate: 0 }],
    ['betas', { learningRate: 1, betas: [0.9, 1] as const }],
    ['epsilon', { learningRate: 1, epsilon: 0 }],
    ['weightDecay', { learningRate: 1, weightDecay: -1 }],
  ])('refuses %s out of its range', (field, options) => {
    expect(() => new Adam(options)).toThrow(new RegExp(`Adam: ${field} is`));
  });

  it('has the published constants, and refuses what are no two betas', () => {
    expect(resolveAdam('it', { learningRate: 1 })).toEqual({ learningRate: 1, betas: [0.9, 0.999], epsilon: 1e-8 });
    for (const betas of [[0.9], 0.9] as unknown as [number, number][]) {
      expect(() => resolveAdam('it', { learningRate: 1, betas })).toThrow('it: betas are two numbers');
    }
  });
});
