/** SmolLM2-135M-Instruct, loaded from a folder as transformers lays it out, beside what transformers computes with it. */
import { afterAll, describe, expect, it } from 'vitest';
import { openSmollm2 } from '../smollm2/model.js';
import { compareWithTransformers, promptCases } from '../smollm2/transformers.js';

const encoder = await openSmollm2();
const compared = await compareWithTransformers(encoder, promptCases);
const pairs = promptCases.map((expected, at) => ({ ...expected, got: compared[at]! }));

afterAll(() => encoder.dispose());

describe('on 50 prompts', () => {
  it('there are 50', () => {
    expect(new Set(promptCases.map(({ text }) => text)).size).toBe(50);
  });

  it.each(pairs)('token ids of $text', ({ ids, got }) => {
    expect(got.ids).toEqual(ids);
  });

  it.each(pairs)('logits after $text', ({ got }) => {
    expect(got.maxAbsDiff).toBeLessThan(1e-3);
  });

  it.each(pairs)('greedy continuation of $text', ({ greedy, got }) => {
    expect(got.greedy).toEqual(greedy);
  });
});

describe('generate gives the text of transformers', () => {
  const ended = promptCases.find(({ greedy }) => greedy.length < 16)!;
  const others = promptCases.filter(({ text }) =>
    ['The chemical symbol of gold is', 'What do bees make?'].includes(text),
  );

  it.each([ended, ...others])('after $text', async ({ text, template, answer, greedy }) => {
    expect(await encoder.generate(text, { template, maxNewTokens: greedy.length })).toBe(answer.trim());
  });
});
