/** First calls of callers without types: each is refused in words before anything is answered, read or sent. */
import type { Edit, MokusErrorCode } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { afterAll, expect, it } from 'vitest';
import { evaluate, fromPretrained, pushToHub } from '../src/index.js';
import { tinyFolder } from './support/tiny-folder.js';

const pipeline = await fromPretrained(tinyFolder);
afterAll(() => pipeline.dispose());

const site = pipeline.components.textEncoder.sites[0]?.id ?? '';
const one = new Float32Array(1);
const edit: Edit = {
  sites: new Map([[site, { kind: 'lowRank', dOut: 1, dIn: 1, rank: 1, u: one, v: one }]]),
  provenance: {
    baseModel: await pipeline.components.textEncoder.fingerprint(),
    editor: 'by hand',
    objective: 'none',
    template: 'pipeline',
    options: null,
    requests: [],
  },
};
const request = { question: 'the gift', answer: 'a' };

const calls = {
  evaluate,
  pushToHub,
  'pipeline.pushToHub': pipeline.pushToHub.bind(pipeline),
} as unknown as Readonly<Record<string, (...given: readonly unknown[]) => unknown>>;

it.each<
  [call: string, what: string, given: readonly unknown[], code: MokusErrorCode, field: string | undefined, RegExp]
>([
  ['evaluate', 'no pipeline', [], 'input', 'pipeline', /pipeline is nothing; give a pipeline/],
  ['evaluate', 'no edit', [pipeline], 'edit', undefined, /evaluate takes an edit and was given nothing;/],
  ['evaluate', 'requests for an edit', [pipeline, [request]], 'edit', undefined, /was given a list of 1;/],
  ['evaluate', 'no requests', [pipeline, edit], 'input', 'requests', /requests is nothing; give a list of \{ question/],
  ['evaluate', 'one request alone', [pipeline, edit, request], 'input', 'requests', /requests is an object;/],
  ['evaluate', 'questions', [pipeline, edit, ['the gift']], 'input', 'requests', /requests\[0\] is "the gift";/],
  ['evaluate', 'no answer', [pipeline, edit, [{ question: 'q' }]], 'input', 'requests', /requests\[0\] is an object;/],
  [
    'evaluate',
    'one paraphrase alone',
    [pipeline, edit, [{ ...request, paraphrases: 'the present' }]],
    'input',
    'requests[0].paraphrases',
    /requests\[0\]\.paraphrases is "the present"; give a list of prompts/,
  ],
  [
    'evaluate',
    'one prompt alone that should stay',
    [pipeline, edit, [{ ...request, locality: 'a dog' }]],
    'input',
    'requests[0].locality',
    /requests\[0\]\.locality is "a dog";/,
  ],
  ['pushToHub', 'nothing', [], 'input', 'what', /takes an edit, an adapter or a folder first, and got nothing;/],
  ['pushToHub', 'what was not awaited', [Promise.resolve(edit)], 'input', 'what', /got a promise \(await it\);/],
  [
    'pushToHub',
    'what was loaded',
    [pipeline, 'some/model'],
    'input',
    'what',
    /got an object; a whole pipeline is uploaded by its own/,
  ],
  ['pushToHub', 'requests', [[request], 'some/model'], 'input', 'what', /got a list of 1;/],
  ['pushToHub', 'no id', [edit], 'input', 'id', /id is nothing; give "owner\/name"/],
  ['pushToHub', 'options for an id', [tinyFolder, { private: true }], 'input', 'id', /id is an object;/],
  ['pipeline.pushToHub', 'no id', [], 'input', 'id', /id is nothing;/],
])('%s: %s is refused', async (call, _what, given, code, field, message) => {
  const refusal = await refusalOf(() => calls[call]?.(...given));
  expect([refusal.code, refusal.details.field]).toEqual([code, field]);
  expect(refusal.message).toMatch(message);
  expect(pipeline.edits).toEqual([]);
});
