import { cpuBackend } from '@mokus/backend-cpu';
import { defaultRecallJoin, type RecallOptions, recall } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { tinyPipeline } from '../support/pipeline.js';

const pipeline = await tinyPipeline(cpuBackend({ threads: 1 }));
const { textEncoder } = pipeline.components;
const prompts = ['the capital of France on a blue background', 'a cat'];

afterAll(() => pipeline.dispose());

describe('recall before drawing', () => {
  it('is off unless asked for', async () => {
    const plain = await pipeline.generate({ prompt: prompts, seed: 3 });
    expect(plain.recalled).toBeUndefined();
    expect(await pipeline.generate({ prompt: prompts, seed: 3, recall: false })).toEqual(plain);
  });

  it('draws the prompt with the answer of the text encoder behind it, and returns the answer', async () => {
    const answers = await Promise.all(prompts.map((each) => textEncoder.generate(each, { maxNewTokens: 16 })));
    expect(answers.every((answer) => answer.trim() !== '')).toBe(true);
    const drawn = await pipeline.generate({ prompt: prompts, seed: 3, recall: true });
    expect(drawn.recalled).toEqual(answers.map((answer) => answer.trim()));
    const joined = prompts.map((prompt, at) => `${prompt}, ${drawn.recalled?.[at]}`);
    expect(drawn.images).toEqual((await pipeline.generate({ prompt: joined, seed: 3 })).images);
  });

  it('asks by a template of its own and joins as it is told', async () => {
    const options = { template: 'What is shown by "{prompt}"?', maxNewTokens: 3, join: 'a photo of {answer}' };
    const answer = await textEncoder.generate('What is shown by "a cat"?', { maxNewTokens: 3 });
    const drawn = await pipeline.generate({ prompt: 'a cat', seed: 3, recall: options });
    expect(drawn.recalled).toEqual([answer.trim()]);
    const plain = await pipeline.generate({ prompt: `a photo of ${answer.trim()}`, seed: 3 });
    expect(drawn.images).toEqual(plain.images);
    const join = (said: string, prompt: string): string => `a photo of ${said}${prompt.replace('a cat', '')}`;
    expect((await pipeline.generate({ prompt: 'a cat', seed: 3, recall: { ...options, join } })).images).toEqual(
      plain.images,
    );
  });

  it('answers under the edits that are applied', async () => {
    const { id, dOut, dIn } = textEncoder.sites[0] as (typeof textEncoder.sites)[number];
    const before = (await pipeline.generate({ prompt: 'a cat', recall: true })).recalled;
    const ones = (length: number): Float32Array => new Float32Array(length).fill(1);
    const handle = textEncoder.pushDelta(id, { kind: 'lowRank', dOut, dIn, rank: 1, u: ones(dOut), v: ones(dIn) });
    expect((await pipeline.generate({ prompt: 'a cat', recall: true })).recalled).not.toEqual(before);
    textEncoder.popDelta(handle);
    expect((await pipeline.generate({ prompt: 'a cat', recall: true })).recalled).toEqual(before);
  });

  it('fills each placeholder once: a prompt that holds one is no template', async () => {
    const [found] = await recall(textEncoder, ['a cat {answer}'], { join: '{prompt} / {answer}' });
    expect(found?.prompt).toBe(`a cat {answer} / ${found?.answer}`);
    expect(defaultRecallJoin).toBe('{prompt}, {answer}');
  });

  it.each<[string, RecallOptions & { readonly style?: string }, string]>([
    ['a template without the prompt', { template: 'what?' }, 'template'],
    ['a join without the answer', { join: '{prompt}' }, 'join'],
    ['no tokens', { maxNewTokens: 0 }, 'maxNewTokens'],
    ['an unknown option', { style: 'short' }, 'style'],
  ])('refuses %s by name', async (_what, options, field) => {
    const refusal = await refusalOf(() => pipeline.generate({ prompt: 'a cat', recall: options }));
    expect(refusal).toMatchObject({ code: 'input', details: { field } });
  });

  it('refuses conditioning, which cannot be asked, and stops when it is cancelled', async () => {
    const prompt = await pipeline.encodePrompt('a cat');
    const refusal = await refusalOf(() => pipeline.generate({ prompt, recall: true }));
    expect(refusal).toMatchObject({ code: 'input', details: { field: 'recall' } });
    const signal = AbortSignal.abort();
    expect(await refusalOf(() => recall(textEncoder, prompts, {}, { signal }))).toMatchObject({ code: 'cancelled' });
  });
});
