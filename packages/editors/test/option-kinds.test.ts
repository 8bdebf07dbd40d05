/** Options of another kind than an editor takes, as callers without types pass them: refused by name when it is made. */
import { type Editor, MokusError } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import {
  alphaEdit,
  answerObjective,
  createKeyHistory,
  createLifelongState,
  fineTuning,
  ftL,
  ftM,
  loraTuning,
  memit,
  pmet,
  rome,
  secondMoments,
  ultraEdit,
} from '../src/index.js';
import { request } from './support/editing.js';
import { testEncoder } from './support/encoder.js';

const encoder = await testEncoder();
const statistics = await secondMoments(encoder, ['a red ball'], { sites: { roles: ['down_proj'] }, rows: 'all' });

/** The wrong ones have no type. */
type Maker = (options: never) => Editor;

const closedForms: readonly (readonly [string, Maker, object])[] = [
  ['ultraEdit', ultraEdit, {}],
  ['memit', memit, { lambda: 1, mu: 0 }],
  ['pmet', pmet, { lambda: 1, mu: 0 }],
  ['rome', rome, {}],
  ['alphaEdit', alphaEdit, { statistics }],
];
const makers: typeof closedForms = [
  ...closedForms,
  ['fineTuning', fineTuning, {}],
  ['ftM', ftM, {}],
  ['ftL', ftL, {}],
  ['loraTuning', loraTuning, {}],
];

function expectRefused(make: Maker, options: unknown, field: string | undefined, message: RegExp): void {
  const made = (): Editor => make(options as never);
  expect(made).toThrow(MokusError);
  expect(made).toThrow(expect.objectContaining({ code: 'input', message: expect.stringMatching(message) }));
  if (field !== undefined) {
    expect(made).toThrow(expect.objectContaining({ details: expect.objectContaining({ field }) }));
  }
}

describe.each(makers)('%s', (name, make, others) => {
  it('takes one object of options', () => {
    for (const [options, kind] of [
      [null, 'null'],
      [5, 'a number'],
      ['answer', 'a string'],
      [[], 'a list'],
    ] as const) {
      expectRefused(make, options, undefined, new RegExp(`^${name} takes one object .*sites.*, not ${kind}$`));
    }
  });

  it('takes an objective, not its name or its maker', () => {
    for (const objective of ['answer', {}, answerObjective, 5]) {
      const message = new RegExp(`^${name}: objective is .*, but must be an objective.*such as answerObjective`);
      expectRefused(make, { ...others, objective }, 'objective', message);
    }
  });
});

describe.each(closedForms)('%s', (_, make, others) => {
  it.each([
    ['history', [null, 5, {}, JSON.parse(JSON.stringify(createKeyHistory()))], /createKeyHistory/],
    ['statistics', [null, 5, {}, JSON.parse(JSON.stringify(statistics))], /secondMoments/],
  ] as const)('takes no %s of another kind', (field, values, message) => {
    for (const value of values) expectRefused(make, { ...others, mu: 1, [field]: value }, field, message);
  });
});

it('a lifelong state is one that was read back', () => {
  const json = JSON.parse(JSON.stringify(createLifelongState()));
  for (const lifelongState of [5, {}, json, createKeyHistory()]) {
    expectRefused(ultraEdit, { lifelongState }, 'lifelongState', /must be one of createLifelongState/);
  }
});

it('a context is a sentence or says how many are generated', () => {
  for (const [context, kind] of [
    [null, 'null'],
    [5, '5'],
    [['{}'], '\\["{}"\\]'],
  ]) {
    const options = { lambda: 1, mu: 0, contexts: ['{}', context] };
    expectRefused(memit, options, 'contexts', new RegExp(`holds ${kind}, which is neither a sentence`));
  }
});

it('the rank of LoRA is that of the smallest matrix at most', async () => {
  const sites = ['layers.0.mlp.gate_proj', 'layers.0.mlp.down_proj'];
  for (const rank of [33, 1e9]) {
    const refused = await refusalOf(() => loraTuning({ rank, sites }).edit(encoder, [request]));
    expect([refused.code, refused.details.field]).toEqual(['input', 'rank']);
    expect(refused.message).toMatch(/'layers.0.mlp.gate_proj' of 32 inputs and 48 outputs has a rank of 32 at most/);
  }
  const edit = await loraTuning({ rank: 32, sites, maxEpochs: 1 }).edit(encoder, [request]);
  expect([...edit.sites.keys()].toSorted()).toEqual(sites.toSorted());
}, 240_000);
