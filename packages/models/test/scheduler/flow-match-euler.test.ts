import { readFileSync } from 'node:fs';
import { type Json, MokusError } from '@mokus/core';
import { describe, expect, it } from 'vitest';
import { createFlowMatchEulerScheduler } from '../../src/scheduler/flow-match-euler.js';

interface Case {
  readonly name: string;
  readonly config: Json;
  readonly steps: number;
  readonly imageTokens: number;
  readonly sigmas: readonly number[];
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('../fixtures/expected/scheduler.json', import.meta.url), 'utf8'),
);
const released = cases.find(({ name }) => name === 'released')?.config as { readonly [key: string]: Json };

function refusal(run: () => unknown): MokusError {
  try {
    run();
  } catch (error) {
    if (MokusError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('the noise levels', () => {
  it.each(cases)('are those of diffusers: $name, $steps steps, $imageTokens tokens', (each) => {
    const { sigmas } = createFlowMatchEulerScheduler({ config: each.config }).plan(each.steps, each.imageTokens);
    expect(sigmas.length).toBe(each.steps + 1);
    const worst = Math.max(...sigmas.map((sigma, index) => Math.abs(sigma - (each.sigmas[index] ?? Number.NaN))));
    // diffusers computes in fp32; 1.3e-7 measured.
    expect(worst).toBeLessThan(5e-7);
  });

  it('match the released mu of 0.69355 at 4096 tokens', () => {
    const { sigmas } = createFlowMatchEulerScheduler({ config: { ...released, shift_terminal: null } }).plan(2, 4096);
    const odds = (sigmas[1] as number) / (1 - (sigmas[1] as number));
    expect(Math.log(odds)).toBeCloseTo(0.69355, 5);
  });

  // Engines differ in the last bit of exp: with another order of sums a browser began at 1 + 2^-52, which is refused.
  it('begin at exactly 1, whatever the odds are', () => {
    const scheduler = createFlowMatchEulerScheduler({ config: released });
    const tokens = Array.from({ length: 500 }, (_, index) => 16 * (index + 1));
    expect(tokens.filter((each) => scheduler.plan(4, each).sigmas[0] !== 1)).toEqual([]);
  });

  it('end at the terminal level', () => {
    const { sigmas } = createFlowMatchEulerScheduler({ config: released }).plan(7, 16);
    expect(sigmas.at(-2)).toBeCloseTo(0.02, 12);
    expect(sigmas.at(-1)).toBe(0);
  });
});

describe('a schedule that is not defined', () => {
  it('one step with terminal stretch is refused, without it allowed', () => {
    const error = refusal(() => createFlowMatchEulerScheduler({ config: released }).plan(1, 16));
    expect(error.code).toBe('input');
    expect(error.message).toMatch(/shift_terminal 0.02.*2 steps/);
    const { sigmas } = createFlowMatchEulerScheduler({ config: { ...released, shift_terminal: 0 } }).plan(1, 16);
    expect([...sigmas]).toEqual([1, 0]);
  });

  it.each([0, -3, 2.5, Number.NaN])('%s steps are refused', (steps) => {
    expect(refusal(() => createFlowMatchEulerScheduler({ config: released }).plan(steps, 16)).code).toBe('input');
  });

  it('levels that do not fall are refused', () => {
    const config = { use_dynamic_shifting: true, time_shift_type: 'linear', base_shift: -2, max_shift: -1 };
    expect(refusal(() => createFlowMatchEulerScheduler({ config }).plan(4, 256)).code).toBe('config');
  });
});

describe('a config value that is not honoured', () => {
  it.each([
    ['use_karras_sigmas', true],
    ['use_exponential_sigmas', true],
    ['use_beta_sigmas', true],
    ['invert_sigmas', true],
    ['stochastic_sampling', true],
    ['num_train_timesteps', 500],
    ['shift_terminal', 1],
    ['shift', 0],
    ['time_shift_type', 'cosine'],
    ['max_image_seq_len', 256],
    ['use_dynamic_shifting', 'yes'],
  ])('%s = %j is refused by file and field', (field, value) => {
    const file = 'some/scheduler_config.json';
    const error = refusal(() => createFlowMatchEulerScheduler({ config: { ...released, [field]: value }, file }));
    expect(error.code).toBe('config');
    expect(error.details).toMatchObject({ file, field });
    expect(error.message).toContain(`${file}: ${field} is ${JSON.stringify(value)}`);
  });
});

describe('stepping and noising', () => {
  const scheduler = createFlowMatchEulerScheduler({ config: released });
  const clean = Float32Array.of(0.5, -1.25, 3);
  const noise = Float32Array.of(-0.25, 2, 0.125);

  it('a step along the true velocity eps - z lands on the path', () => {
    const velocity = noise.map((value, index) => value - (clean[index] as number));
    const from = scheduler.addNoise(clean, noise, 0.75);
    const landed = scheduler.step(from, velocity, 0.75, 0.25);
    expect([...landed]).toEqual([...scheduler.addNoise(clean, noise, 0.25)]);
  });

  it('lengths that differ are refused', () => {
    expect(refusal(() => scheduler.step(clean, noise.slice(1), 1, 0)).message).toMatch(
      /3 elements and the velocity has 2/,
    );
    expect(refusal(() => scheduler.addNoise(clean, noise.slice(1), 1)).code).toBe('input');
  });
});
