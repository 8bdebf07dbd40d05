import type { EditRequest } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { expect, it } from 'vitest';
import { answerObjective, createKeyHistory, type KeyHistory, rome, ultraEdit } from '../../src/index.js';
import { request, withDeltas } from '../support/editing.js';
import { testEncoder } from '../support/encoder.js';

const encoder = await testEncoder();
const objective = answerObjective({ stopLoss: 0.5 });
const later: EditRequest = { question: 'what is a tree?', answer: 'c' };

/** The tapped state of the first fact's question, at its answer row. */
async function firstState(): Promise<Float32Array> {
  const batch = [encoder.tokenize(request.question).ids];
  const hidden = [{ sequence: 0, position: batch[0]!.length - 1 }];
  return (await encoder.forward({ batch, hidden })).hidden.data;
}

/** How far the later edit moves the first fact's state, with the first edit in place. */
async function driftOf(history: KeyHistory | undefined): Promise<number> {
  const editor = ultraEdit({ maxTurns: 6, history, historyWeight: 1000 });
  const first = await editor.edit(encoder, [request], { objective });
  return withDeltas(encoder, first.sites, async () => {
    const before = await firstState();
    const second = await editor.edit(encoder, [later], { objective });
    const after = await withDeltas(encoder, second.sites, firstState);
    return Math.hypot(...after.map((value, index) => value - before[index]!)) / Math.hypot(...before);
  });
}

it('the keys of earlier edits in the ridge keep what they wrote in place', async () => {
  const without = await driftOf(undefined);
  const history = createKeyHistory();
  const withKeys = await driftOf(history);
  // Measured: 0.86 without, 0.09 with.
  expect(withKeys / without).toBeLessThan(0.5);
  // One row for each edit, whatever the number of turns; gate and up read the same keys.
  expect(Object.values(history.toJSON()).map(({ dIn, rows }) => rows.length / dIn)).toEqual([2, 2, 2]);
});

it('are an option of ROME too: the direction of a later edit turns away from them', async () => {
  const history = createKeyHistory();
  const settings = { sites: ['layers.0.mlp.down_proj'], steps: 2, klFactor: 0, contexts: [] };
  const directionOf = async (each: EditRequest, keys?: KeyHistory, historyWeight?: number): Promise<Float32Array> => {
    const edit = await rome({ ...settings, history: keys, historyWeight }).edit(encoder, [each], {
      objective: answerObjective(),
    });
    const [delta] = edit.sites.values();
    if (delta?.kind !== 'lowRank') throw new Error('expected a low-rank delta');
    return delta.v;
  };
  const key = await directionOf(request, history);
  expect(Object.values(history.toJSON()).map(({ dIn, rows }) => rows.length / dIn)).toEqual([1]);
  const second: EditRequest = { question: 'what is a tree?', subject: 'tree', answer: 'c' };
  // Without statistics the direction of the first edit is its key.
  const alongKey = (v: Float32Array): number =>
    Math.abs(v.reduce((sum, value, at) => sum + value * key[at]!, 0)) / (Math.hypot(...v) * Math.hypot(...key));
  const saved = history.toJSON();
  const along = async (weight: number): Promise<number> =>
    alongKey(await directionOf(second, createKeyHistory(saved), weight));
  const without = alongKey(await directionOf(second));
  const [none, one, many] = [await along(0), await along(1), await along(100)];
  // Measured: cosines of 0.16 without, 0.0014 with, 1.4e-5 with keys that weigh 100.
  expect(one / without).toBeLessThan(0.1);
  // The weight of a key is what holds it back.
  expect(none).toBe(without);
  expect(many / one).toBeLessThan(0.1);
});

it('an edit that is cancelled adds no keys', async () => {
  const history = createKeyHistory();
  const controller = new AbortController();
  const stopped = await refusalOf(() =>
    ultraEdit({ maxTurns: 6, history }).edit(encoder, [request], {
      objective,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    }),
  );
  expect(stopped.code).toBe('cancelled');
  expect(history.toJSON()).toEqual({});
});
