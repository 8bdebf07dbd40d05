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
    // 5.8e-5 measured at most.
    expect(got.maxAbsDiff).toBeLessThan(5e-4);
  });

  it.each(pairs)('greedy continuation of $text', ({ greedy, got }) => {
    expect(got.greedy).toEqual(greedy);
  });
});

describe('generate stops where transformers does', () => {
  // One pass a token: the two that come to the end token soon.
  const ended = promptCases.filter(({ greedy }) => greedy.length < 16);

  it.each(ended)('after $text', async ({ text, template, answer }) => {
    expect(await encoder.generate(text, { template, maxNewTokens: 16 })).toBe(answer.trim());
  });

  it('on raw text and on a chat turn', () => {
    expect(ended.map(({ template }) => template)).toEqual(['raw', 'chat']);
  });
});
