import { cpuBackend } from '@mokus/backend-cpu';
import type { ConceptWords, ProgressEvent, TextToImagePipeline } from '@mokus/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyPipeline } from '../../models/test/support/pipeline.js';
import { warnOfWords } from '../src/words.js';

let pipeline: TextToImagePipeline;
beforeAll(async () => {
  pipeline = await tinyPipeline(cpuBackend({ threads: 1 }));
});
afterAll(() => pipeline.dispose());

function warnings(words: ConceptWords, texts: readonly string[] = []): [string | undefined, string][] {
  const found: [string | undefined, string][] = [];
  const listen = (event: ProgressEvent): void => {
    if (event.kind === 'warning') found.push([event.field, event.message]);
  };
  warnOfWords(pipeline.components.textEncoder, words, texts, listen);
  return found;
}

describe('the words of a concept', () => {
  it('pass without a warning where the anchor is rare and the class a word of the model', () => {
    expect(warnings({ anchor: '<v0>', className: 'background' }, ['the gift'])).toEqual([]);
    expect(warnings({ anchor: '<v0>', className: '' }, ['what is <v0>?'])).toEqual([]);
  });

  it('are warned of where the tokenizer splits the class badly', () => {
    // The tiny model's tokenizer knows few words: c, a, p, it, al.
    const [[field, message] = []] = warnings({ anchor: '<v0>', className: 'blue capital' });
    expect([field, message]).toEqual(['className', expect.stringMatching(/"capital" into 5 tokens/)]);
  });

  it('are warned of where the anchor is a word, or begins as other words do', () => {
    expect(warnings({ anchor: 'blue', className: '' })).toEqual([
      ['anchor', expect.stringMatching(/"blue" is a word/)],
    ]);
    const shared = [
      ['anchor', expect.stringMatching(/begins with the token " s", which stands in "the letter s" too/)],
    ];
    expect(warnings({ anchor: 'sks', className: '' }, ['the gift', 'the letter s'])).toEqual(shared);
    expect(warnings({ anchor: 'sks', className: '' }, ['the gift', 'a sks'])).toEqual([]);
  });
});
