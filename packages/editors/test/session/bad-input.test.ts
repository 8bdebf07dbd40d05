/** What callers without types hand to an edit, besides what the kit of editors checks (kit.test.ts). */
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { fineTuning, ftM, memit, rome, type SiteSelection, secondMoments, ultraEdit } from '../../src/index.js';
import { request } from '../support/editing.js';
import { testEncoder } from '../support/encoder.js';

const encoder = await testEncoder();

describe('sites', () => {
  it.each([
    ['an id alone', 'layers.0.mlp.down_proj', 'sites', /give ids in a list/],
    ['a number', 5, 'sites', /give ids in a list/],
    ['no roles', { layers: [0] }, 'sites', /roles is no list: name them, such as \['down_proj'\]/],
    ['roles that are a text', { roles: 'down_proj' }, 'sites', /roles is no list/],
    ['one layer', { roles: ['down_proj'], layers: 1 }, 'sites', /layers is neither .* nor a list of numbers/],
    ['no layers', { roles: ['down_proj'], layers: null }, 'sites', /layers is neither/],
    ['half a range', { roles: ['down_proj'], layers: { from: 0 } }, 'sites', /layers is neither { from, to }/],
    ['layers that are texts', { roles: ['down_proj'], layers: ['0'] }, 'sites', /layers is neither/],
    ['a name that is unknown', { roles: ['down_proj'], layer: [0] }, 'layer', /sites has no option 'layer'/],
  ])('that are %s are refused', async (_, selection, field, told) => {
    const sites = selection as unknown as SiteSelection;
    for (const run of [
      () => ftM({ sites, maxEpochs: 1 }).edit(encoder, [request]),
      () => secondMoments(encoder, ['a red ball'], { sites }),
    ]) {
      const { code, message, details } = await refusalOf(run);
      expect([code, details.field]).toEqual(['input', field]);
      expect(message).toMatch(told);
    }
  });
});

describe('requests', () => {
  const editors = {
    ultraEdit: ultraEdit(),
    fineTuning: fineTuning(),
    memit: memit({ lambda: 1, mu: 0 }),
    rome: rome(),
  };

  it.each(Object.entries(editors))('%s refuses what is no list and what is no request', async (_, editor) => {
    for (const [requests, named, told] of [
      [undefined, {}, /requests are a list/],
      [request, {}, /requests are a list: give \[{ question, answer }\], also for one/],
      [[null], { request: 0 }, /request 0 is null: give { question, answer }/],
      [[request, undefined], { request: 1 }, /request 1 is undefined/],
      [['what?'], { request: 0, field: 'question' }, /request 0 has no text as its question/],
    ] as const) {
      const { code, message, details } = await refusalOf(() => editor.edit(encoder, requests as never));
      expect(code).toBe('input');
      expect(details).toMatchObject(named);
      expect(message).toMatch(told);
    }
  });

  it('a locality that is a text is not taken for its characters', async () => {
    for (const locality of ['where is the sea?', null, 5, [5], [null]]) {
      const wrong = { ...request, question: 'is it?', locality: locality as never };
      const refused = await refusalOf(() => ultraEdit({ nu: 1 }).edit(encoder, [request, wrong]));
      expect([refused.code, refused.details.request, refused.details.field]).toEqual(['input', 1, 'locality']);
      expect(refused.message).toMatch(/request 1: locality is no list of prompts: give \[prompt\]/);
    }
  });

  it.each(['memit', 'rome'] as const)('%s refuses a subject that is no text', async (name) => {
    for (const subject of [null, 5]) {
      const wrong = { ...request, question: 'is it?', subject: subject as never };
      const refused = await refusalOf(() => editors[name].edit(encoder, [request, wrong]));
      expect([refused.code, refused.details.request, refused.details.field]).toEqual(['input', 1, 'subject']);
    }
  });
});
