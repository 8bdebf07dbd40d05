/** What an edit is given to leave alone must be of the model and of the rows that it writes at. */
import { type Edit, type Editor, MokusError, type Site } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import {
  alphaEdit,
  createKeyHistory,
  type FactToken,
  type KeyHistory,
  memit,
  pmet,
  rome,
  type SiteStatistics,
  secondMoments,
  ultraEdit,
} from '../../src/index.js';
import { lossRecorder, request } from '../support/editing.js';
import { testEncoder } from '../support/encoder.js';

const encoder = await testEncoder();
const baseModel = await encoder.fingerprint();
const sites = ['layers.0.mlp.down_proj'];
const { inputGroup, dIn } = encoder.sites.find(({ id }) => id === sites[0]) as Site;
const corpus = ['a red ball', 'who wrote it?'];
const statisticsOf = {
  answer: await secondMoments(encoder, corpus, { sites, rows: 'answer' }),
  all: await secondMoments(encoder, corpus, { sites, rows: 'all' }),
};
const search = { sites, steps: 1, klFactor: 0, contexts: [], lambda: 1, mu: 1 };

interface Given {
  readonly statistics: SiteStatistics;
  readonly factToken?: FactToken;
  readonly history?: KeyHistory;
}

const locating: readonly (readonly [string, (given: Given) => Editor])[] = [
  ['memit', (given) => memit({ ...search, ...given })],
  ['pmet', (given) => pmet({ ...search, ...given })],
  ['rome', (given) => rome({ ...search, ...given })],
  ['alphaEdit', (given) => alphaEdit({ ...search, nullSpaceThreshold: 0.5, ...given })],
];
const closedForms: typeof locating = [
  ...locating,
  ['ultraEdit', (given) => ultraEdit({ sites, mu: 1, maxTurns: 1, ...given })],
];

describe.each(locating)('%s', (_, make) => {
  it('does not take statistics of answer rows where it writes at the subject', async () => {
    const refused = await refusalOf(() => make({ statistics: statisticsOf.answer }).edit(encoder, [request]));
    expect([refused.code, refused.details.field]).toEqual(['input', 'statistics']);
    expect(refused.message).toMatch(/run secondMoments with rows: 'all'/);
  });

  it('takes those of all rows, and of either at the last token', async () => {
    const edits: Edit[] = [];
    for (const given of [
      { statistics: statisticsOf.all },
      { statistics: statisticsOf.answer, factToken: 'last' },
      { statistics: statisticsOf.all, factToken: 'last' },
    ] as const) {
      edits.push(await make(given).edit(encoder, [request]));
    }
    expect(edits.map((edit) => [...edit.sites.keys()])).toEqual([sites, sites, sites]);
  }, 240_000);
});

describe.each(closedForms)('%s', (_, make) => {
  const statistics = statisticsOf.all;

  it('takes no history of another model, before it does anything', async () => {
    for (const [entry, code, message] of [
      [{ dIn, rows: Array(dIn).fill(1), baseModel: 'another' }, 'base-model', /of the text encoder another, this one/],
      [{ dIn: dIn + 1, rows: Array(dIn + 1).fill(1) }, 'input', new RegExp(`have ${dIn + 1} numbers.*${dIn} inputs`)],
    ] as const) {
      const history = createKeyHistory({ [inputGroup]: entry });
      const before = history.toJSON();
      const { losses, onProgress } = lossRecorder();
      const edited = make({ statistics, history }).edit(encoder, [request], { onProgress });
      const refused = await refusalOf(() => edited);
      expect([refused.code, refused.details.field]).toEqual([code, 'history']);
      expect(refused.message).toMatch(message);
      // At most the objective as it is.
      expect(losses.length).toBeLessThan(2);
      expect(history.toJSON()).toEqual(before);
    }
  }, 240_000);

  it('reads one that was saved before histories named their model, and names it', async () => {
    const rows = Array.from({ length: dIn }, (_, index) => Math.sin(index));
    const history = createKeyHistory({ [inputGroup]: { dIn, rows } });
    await make({ statistics, history }).edit(encoder, [request]);
    const saved = history.toJSON()[inputGroup]!;
    expect(saved.baseModel).toBe(baseModel);
    expect(saved.rows.slice(0, dIn)).toEqual(rows);
    expect(saved.rows.length).toBeGreaterThan(dIn);
  }, 240_000);
});

describe('a history by itself', () => {
  const keys = Float64Array.of(1, 2, 3);

  it('mixes no keys of two widths or models', () => {
    const history = createKeyHistory();
    history.add('g', 3, keys, 'one');
    const saved = history.toJSON();
    expect(saved).toEqual({ g: { dIn: 3, rows: [1, 2, 3], baseModel: 'one' } });
    for (const [add, code] of [
      [() => history.add('g', 1, keys, 'one'), 'input'],
      [() => history.add('g', 3, keys, 'two'), 'base-model'],
    ] as const) {
      expect(add).toThrow(MokusError);
      expect(add).toThrow(expect.objectContaining({ code, details: expect.objectContaining({ field: 'history' }) }));
    }
    expect(history.toJSON()).toEqual(saved);
    history.add('g', 3, keys);
    expect(history.toJSON()).toEqual({ g: { dIn: 3, rows: [1, 2, 3, 1, 2, 3], baseModel: 'one' } });
  });

  it('enters no ridge of another size', async () => {
    const history = createKeyHistory({ g: { dIn: 3, rows: [1, 2, 3] } });
    const kept = { base: history.identity(1, 1), weight: 1 };
    const refused = await refusalOf(() => history.ridge('g', kept));
    expect([refused.code, refused.details.field]).toEqual(['input', 'history']);
  });
});
