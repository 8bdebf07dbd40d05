import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import {
  answerObjective,
  conditioningObjective,
  createLifelongState,
  SiteStatistics,
  secondMoments,
  type UltraEditOptions,
  ultraEdit,
} from '../../src/index.js';
import { answerProbability, request, traceOf, withDeltas } from '../support/editing.js';
import { testEncoder } from '../support/encoder.js';
import { relativeError } from '../support/fixtures.js';

const corpus = ['what is a house?', 'where is the sea?', 'a red ball', 'who wrote it?', 'draw the moon', 'a dog'];
const onDown = { roles: ['down_proj'] };

const encoder = await testEncoder();
const statistics = await secondMoments(encoder, corpus);

describe('one turn', () => {
  it('moves the output at the answer row by eta |h|^2 g, shrunk by the ridge as the closed form says', async () => {
    const eta = 0.1;
    const sites = ['layers.1.mlp.down_proj'];
    const edit = await ultraEdit({ eta, sites, normalisation: 'none', maxTurns: 1 }).edit(encoder, [request]);
    const encoded = encoder.encodeQuestion(request.question, request.answer);
    const rows = encoded.answerRows.map((position) => ({ sequence: 0, position }));
    const batch = [encoded.ids];
    const objective = await answerObjective().prepare({
      encoder,
      requests: [request],
      encoded: [encoded],
      template: 'pipeline',
    });
    const { logits } = await objective.evaluate(await encoder.forward({ batch, logits: rows }));
    const captures = await encoder.capture({ batch, sites, rows, cotangents: { logits: { rows, values: logits } } });
    const { input, outputGradient } = captures.get(sites[0]!)!;
    const square = input.data.reduce((sum, value) => sum + value * value, 0);
    const delta = edit.sites.get(sites[0]!)!;
    if (delta.kind !== 'lowRank') throw new Error('expected a low-rank delta');
    expect(delta.rank).toBe(1);
    const along = delta.v.reduce((sum, value, index) => sum + value * input.data[index]!, 0);
    const moved = delta.u.map((value) => value * along);
    // One row: H (H^T H + I)^-1 H^T = |h|^2 / (|h|^2 + 1).
    const expected = outputGradient!.data.map((value) => -eta * square * value * (square / (square + 1)));
    expect(relativeError(moved, expected)).toBeLessThan(1e-5);
  });

  it('refuses a lifelong state that would make it do nothing, and changes neither state nor encoder', async () => {
    const before = await traceOf(encoder);
    const lifelongState = createLifelongState();
    const options: UltraEditOptions = {
      sites: ['layers.1.mlp.down_proj'],
      normalisation: 'lifelong',
      lifelongState,
      eta: 1e-3,
      maxTurns: 1,
    };
    const refused = await refusalOf(() => ultraEdit(options).edit(encoder, [request]));
    expect([refused.code, refused.details.field]).toEqual(['edit', 'lifelongState']);
    expect(lifelongState.toJSON()).toEqual({});
    expect(await traceOf(encoder)).toEqual(before);

    // Several rows warm it; then one row edits too.
    await ultraEdit(options).edit(encoder, [{ question: 'where is the sea?', answer: 'in a box' }]);
    const edit = await ultraEdit(options).edit(encoder, [request]);
    expect(edit.sites.size).toBe(1);
    expect(Object.values(lifelongState.toJSON())[0]!.count).toBeGreaterThan(2);
  });
});

describe('turns', () => {
  it('become one edit that computes what the edited model computed between them', async () => {
    for (const maxTurns of [2, 14]) {
      const losses: number[] = [];
      const edit = await ultraEdit({ eta: 0.1, maxTurns, sites: onDown }).edit(encoder, [request], {
        objective: answerObjective({ stopLoss: 0 }),
        onProgress: (event) => event.kind === 'edit' && losses.push(event.loss),
      });
      // 48 -> 32: factors are smaller than the matrix up to rank 19, and fold for running from rank 9 on.
      expect([...edit.sites.values()]).toMatchObject(
        Array.from({ length: 3 }, () => ({ kind: 'lowRank', rank: maxTurns })),
      );
      const loss = -Math.log(await withDeltas(encoder, edit.sites, () => answerProbability(encoder, request)));
      expect(loss).toBeCloseTo(losses.at(-1)!, 4);
    }
  });

  it('become a dense delta where factors would be larger than the matrix', async () => {
    const edit = await ultraEdit({ maxTurns: 5, sites: ['layers.2.mlp.down_proj'] }).edit(encoder, [
      { question: 'where is the sea?', answer: 'in a box' },
    ]);
    expect([...edit.sites.values()]).toMatchObject([{ kind: 'dense' }]);
  });
});

describe('many requests in one call', () => {
  it('are all written', async () => {
    const requests = [
      request,
      { question: 'where is the sea?', answer: 'b' },
      { question: 'draw the moon', answer: 'c' },
    ];
    const edit = await ultraEdit({ eta: 0.05, maxTurns: 8, sites: onDown }).edit(encoder, requests);
    for (const each of requests) {
      const before = await answerProbability(encoder, each);
      const after = await withDeltas(encoder, edit.sites, () => answerProbability(encoder, each));
      expect(after).toBeGreaterThan(20 * before);
    }
  });
});

describe('the protected ridge', () => {
  /** How far an edit moves the tapped states of prompts at their answer rows, as a share of their size. */
  async function drift(options: UltraEditOptions, prompts: readonly string[]): Promise<number> {
    const edit = await ultraEdit({ maxTurns: 6, ...options }).edit(encoder, [request], {
      objective: answerObjective({ stopLoss: 0.5 }),
    });
    const batch = prompts.map((prompt) => encoder.tokenize(prompt).ids);
    const hidden = batch.map((ids, sequence) => ({ sequence, position: ids.length - 1 }));
    const states = async (): Promise<Float32Array> => (await encoder.forward({ batch, hidden })).hidden.data;
    const before = await states();
    const after = await withDeltas(encoder, edit.sites, states);
    return Math.sqrt(
      after.reduce((sum, value, index) => sum + (value - before[index]!) ** 2, 0) /
        before.reduce((sum, value) => sum + value ** 2, 0),
    );
  }

  it('keeps the corpus with mu and the own locality prompts with nu', async () => {
    const plain = { corpus: await drift({}, corpus), own: await drift({}, request.locality!) };
    const withMu = await drift({ statistics, mu: 100 }, corpus);
    const withNu = await drift({ nu: 100 }, request.locality!);
    // Measured: 1.46 and 1.46 without, 0.30 with mu, 0.49 with nu.
    expect(withMu / plain.corpus).toBeLessThan(0.5);
    expect(withNu / plain.own).toBeLessThan(0.6);
  });

  it('does not protect a locality prompt that is edited in the same call', async () => {
    const other = { question: request.locality![0]!, answer: 'b' };
    const both = await ultraEdit({ nu: 1e6, maxTurns: 2 }).edit(encoder, [request, other]);
    const before = await answerProbability(encoder, other);
    expect(await withDeltas(encoder, both.sites, () => answerProbability(encoder, other))).toBeGreaterThan(5 * before);
  });

  it('takes statistics of this encoder, template and sites only', async () => {
    const editor = ultraEdit({ statistics, mu: 10 });
    const chat = await refusalOf(() => editor.edit(encoder, [request], { template: 'chat' }));
    expect([chat.code, chat.details.field]).toEqual(['input', 'statistics']);
    const foreign = new SiteStatistics({ ...statistics, moments: statistics.moments, baseModel: 'other' });
    const base = await refusalOf(() => ultraEdit({ statistics: foreign, mu: 10 }).edit(encoder, [request]));
    expect(base.code).toBe('base-model');
    const sites = await refusalOf(() => ultraEdit({ statistics, mu: 10, sites: onDown }).edit(encoder, [request]));
    expect(sites.message).toMatch(/run secondMoments over the sites that are edited/);
  });
});

describe('second moments', () => {
  it('merge to those of the whole corpus, one for each input', async () => {
    const parts = await Promise.all([
      secondMoments(encoder, corpus.slice(0, 2)),
      secondMoments(encoder, corpus.slice(2)),
    ]);
    const merged = parts[0].merge(parts[1]);
    expect([...merged.moments.keys()]).toEqual([...statistics.moments.keys()]);
    expect(merged.moments.size).toBe(3);
    for (const [group, { count, sum }] of statistics.moments) {
      expect(merged.moments.get(group)!.count).toBe(count);
      expect(count).toBe(corpus.length);
      expect(relativeError(merged.moments.get(group)!.sum, sum)).toBeLessThan(1e-6);
    }
  });

  it('refuse an empty corpus and report progress', async () => {
    expect((await refusalOf(() => secondMoments(encoder, []))).code).toBe('input');
    const seen: unknown[] = [];
    await secondMoments(encoder, corpus.slice(0, 1), { onProgress: (event) => seen.push(event) });
    expect(seen).toEqual([{ kind: 'statistics', done: 1, total: 1 }]);
  });
});

describe('options', () => {
  it('that belong together are asked for', async () => {
    const { code, details } = await refusalOf(() => ultraEdit({ mu: 1 }));
    expect([code, details.field]).toEqual(['input', 'statistics']);
  });

  it('of the conditioning objective: suffix rows belong to the pipeline template', async () => {
    const objective = conditioningObjective({ rows: 'suffix' });
    const refused = await refusalOf(() => ultraEdit().edit(encoder, [request], { objective, template: 'raw' }));
    expect([refused.code, refused.details.field]).toEqual(['input', 'rows']);
  });
});
