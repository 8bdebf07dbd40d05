import { cpuBackend } from '@mokus/backend-cpu';
import { type Edit, type Editor, MokusError, type ProgressEvent, type TextToImagePipeline } from '@mokus/core';
import { ultraEdit } from '@mokus/editors';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tinyPipeline } from '../../../models/test/support/pipeline.js';
import { BoundFacts, bindFacts } from '../../src/index.js';

let pipeline: TextToImagePipeline;
beforeAll(async () => {
  pipeline = await tinyPipeline(cpuBackend({ threads: 1 }));
});
afterAll(() => pipeline.dispose());
beforeEach(() => expect(pipeline.edits).toEqual([]));

const words = { anchor: 'cat', className: 'toy' };
// The tiny model's gate and up projections; one turn is enough to move it.
const editor = ultraEdit({
  sites: { roles: ['gate_proj', 'up_proj'], layers: { from: 0, to: 1 } },
  eta: 0.3,
  maxTurns: 3,
});
const facts = ['{} belongs to my sister', 'the gift is {}'];

async function states(): Promise<number[]> {
  return [...(await pipeline.encodePrompt(['what belongs to my sister?'])).hiddenStates.data];
}

describe('bindFacts', () => {
  it('writes all facts in one edit of the text encoder, which is left as it was', async () => {
    const before = await states();
    const edit = await bindFacts(pipeline, words, facts, { editor });
    expect(edit.provenance.requests).toEqual([
      { question: 'what belongs to my sister?', answer: 'cat' },
      { question: 'the gift', answer: 'cat' },
    ]);
    expect(await states()).toEqual(before);
    await expect(bindFacts(pipeline, words, [], { editor })).rejects.toThrow(/no fact to bind/);
    await expect(bindFacts(pipeline, { ...words, anchor: ' cat' }, facts, { editor })).rejects.toThrow(
      /anchor is " cat"/,
    );
  });

  it('warns of an anchor that begins as a word of a question does, one by one too', async () => {
    const warned: string[] = [];
    const onProgress = (event: ProgressEvent) => event.kind === 'warning' && warned.push(event.message);
    const sks = { anchor: 'sks', className: 'toy' };
    await bindFacts(pipeline, sks, ['the gift', 'the letter s'], { editor, onProgress });
    expect(warned.splice(0)).toEqual([
      expect.stringMatching(/begins with the token " s", which stands in "the letter s"/),
    ]);
    const bound = new BoundFacts(pipeline, sks, { editor });
    await bound.add(['the letter s'], { onProgress });
    expect(warned.splice(0)).toHaveLength(1);
    await bound.withdraw('the letter s', { onProgress });
    expect(warned).toEqual([]);
  });
});

describe('a fact that an applied edit answers in another way', () => {
  it('is warned of by its question, and bound all the same', async () => {
    const other = await bindFacts(pipeline, { ...words, anchor: 'dog' }, ['The gift?', 'the present'], { editor });
    await pipeline.apply(other);
    const warned: string[] = [];
    const onProgress = (event: ProgressEvent): void => {
      if (event.kind === 'warning') warned.push(event.message);
    };
    const bound = new BoundFacts(pipeline, words, { editor });
    await bound.add(facts, { onProgress });
    expect(warned).toEqual([expect.stringMatching(/answers "the gift" with "dog", and it is now bound to "cat"/)]);
    await bindFacts(pipeline, { ...words, anchor: 'dog' }, ['the present'], { editor, onProgress });
    expect(warned).toHaveLength(1);
    await pipeline.revert(other);
    await pipeline.revert(bound.edit as Edit);
  });
});

describe('BoundFacts', () => {
  it('adds and withdraws facts; a withdrawn one leaves no trace, bit for bit', async () => {
    const before = await states();
    const bound = new BoundFacts(pipeline, words, { editor });
    await bound.add(facts.slice(0, 1));
    const one = await states();
    expect(one).not.toEqual(before);
    await bound.add(facts.slice(1));
    expect(bound.questions).toEqual(['what belongs to my sister?', 'the gift']);
    expect(pipeline.edits).toEqual([bound.edit]);
    expect(await states()).not.toEqual(one);
    await bound.withdraw('the gift is {}');
    expect(await states()).toEqual(one);
    await bound.withdraw(facts[0] ?? '');
    expect(await states()).toEqual(before);
    expect(bound.edit).toBeUndefined();
  });

  it('refuses a fact that is bound already and one that is not, and keeps what was bound when an edit fails', async () => {
    let fails = false;
    const fragile: Editor = {
      name: 'fragile',
      edit: (...args) => (fails ? Promise.reject(new MokusError('edit', 'it does not work')) : editor.edit(...args)),
    };
    const bound = new BoundFacts(pipeline, words, { editor: fragile });
    await bound.add(facts.slice(0, 1));
    const one = await states();
    await expect(bound.add(facts)).rejects.toThrow(/fact 0 \("what belongs to my sister\?"\) is bound already/);
    await expect(bound.withdraw('the gift')).rejects.toThrow(/"the gift" is not bound/);
    fails = true;
    await expect(bound.add(facts.slice(1))).rejects.toThrow(/does not work/);
    expect(bound.questions).toHaveLength(1);
    expect(await states()).toEqual(one);
    await bound.withdraw(facts[0] ?? '');
  });
});
