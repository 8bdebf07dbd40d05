/** What a comparison keeps of how pictures are drawn: parts that were drawn otherwise are not taken for these. */
import { expect, it } from 'vitest';
import { drawRecord } from '../../src/compare/settings.js';

const pipeline = { defaults: { size: 64, steps: 16 } };

it('is what the model does by default, where a plan leaves something undefined', () => {
  expect(drawRecord(pipeline, { steps: undefined, height: 32 })).toEqual({ size: 64, steps: 16, height: 32 });
  expect(drawRecord(pipeline, { steps: 4 })).toEqual({ size: 64, steps: 4 });
});

it('tells functions that join answers to prompts apart by their text', () => {
  const joined = (join: (answer: string, prompt: string) => string) => drawRecord(pipeline, { recall: { join } });
  expect(joined((answer) => `${answer}!`)).toEqual(joined((answer) => `${answer}!`));
  expect(joined((answer) => `${answer}!`)).not.toEqual(joined((_, prompt) => prompt));
  expect(drawRecord(pipeline, { recall: true })).toMatchObject({ recall: true });
});
