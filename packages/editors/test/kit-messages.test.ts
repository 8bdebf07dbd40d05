/** What the kit of editors says to whom writes one: each failure names what should have been refused, and as what. */
import type { Editor } from '@mokus/core';
import { editorCases } from '@mokus/core/testing';
import { expect, it } from 'vitest';
import { answerObjective } from '../src/index.js';
import { testEncoder } from './support/encoder.js';

const encoder = await testEncoder();

/** Takes everything and changes nothing. */
const carefree: Editor = {
  name: 'carefree',
  edit: async (_, requests) => ({
    sites: new Map(),
    provenance: { baseModel: '', editor: 'carefree', objective: '', template: 'pipeline', options: {}, requests },
  }),
};
const cases = editorCases({
  create: () => carefree,
  encoder: async () => encoder,
  aims: [{ objective: answerObjective(), floor: 0 }],
  wrongOptions: { step: [0] },
  roundTrip: async (edit) => edit,
});

it.each([
  ['requests that do not fit', 'no request: expected MokusError "input"'],
  ['options of an edit', 'an unknown option of an edit: expected MokusError "input"'],
  ['sites beyond', 'the site layers.2.mlp.gate_proj: expected MokusError "site"'],
  ['unknown options', 'the option noSuchOption 1: expected MokusError "input"'],
  ['answer: an objective that is not finite', 'a loss that is NaN: expected MokusError "edit"'],
])('of %s', async (name, message) => {
  const wanted = cases.find((each) => each.name.startsWith(name));
  await expect(wanted?.run()).rejects.toThrow(`${message}, got Error: nothing was refused`);
});
