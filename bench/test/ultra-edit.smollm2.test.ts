/** UltraEdit on SmolLM2-135M-Instruct beside its PyTorch implementation (tools/smollm2/ultra_edit.py). */
import { readFileSync } from 'node:fs';
import type { HostTensor } from '@mokus/core';
import { answerObjective, secondMoments, ultraEdit } from '@mokus/editors';
import { afterAll, expect, it } from 'vitest';
import { openSmollm2, template } from '../smollm2/model.js';

interface Expected {
  readonly settings: {
    readonly roles: readonly string[];
    readonly layers: readonly [number, number];
    readonly eta: number;
    readonly ridge: number;
    readonly mu: number;
    readonly turns: number;
  };
  readonly facts: readonly (readonly [string, string])[];
  readonly corpus: readonly string[];
  /** Of each fact: before the edit and after every turn. */
  readonly losses: readonly (readonly number[])[];
  /** The largest logits after each text of the corpus, under the edit. */
  readonly unrelated: readonly { readonly ids: readonly number[]; readonly logits: readonly number[] }[];
}

const expected: Expected = JSON.parse(
  readFileSync(new URL('../smollm2/fixtures/ultra-edit.json', import.meta.url), 'utf8'),
);
const { roles, layers, eta, ridge, mu, turns } = expected.settings;
const requests = expected.facts.map(([question, answer]) => ({ question, answer }));
const encoder = await openSmollm2();
afterAll(() => encoder.dispose());

/** Logits after each text of the corpus. */
async function logitsAfterCorpus(): Promise<HostTensor<'f32'>> {
  const batch = expected.corpus.map((text) => encoder.tokenize(text, { template }).ids);
  const rows = batch.map((ids, sequence) => ({ sequence, position: ids.length - 1 }));
  return (await encoder.forward({ batch, logits: rows })).logits;
}

// Everything is computed here: a test of its own would be cut after a minute on a slow machine.
const before = await logitsAfterCorpus();
const sites = { roles, layers: { from: layers[0], to: layers[1] } };
const statistics = await secondMoments(encoder, [...expected.corpus], { template, sites });
const editor = ultraEdit({ sites, eta, lambda: ridge, mu, maxTurns: turns, statistics, objective: answerObjective() });
const losses: number[] = [];
const edit = await editor.edit(encoder, requests, {
  template,
  onProgress: (event) => {
    if (event.kind === 'edit') losses.push(event.loss);
  },
});
const handles = [...edit.sites].map(([site, delta]) => encoder.pushDelta(site, delta));
const edited = await logitsAfterCorpus();
for (const handle of handles) encoder.popDelta(handle);
const after = await logitsAfterCorpus();

it('has the losses of PyTorch before the edit and after every turn', () => {
  const means = expected.losses.map((each) => each.reduce((sum, loss) => sum + loss, 0) / each.length);
  expect(losses).toHaveLength(means.length);
  losses.forEach((loss, turn) => {
    // 1.4e-5 measured, before the edit.
    expect(Math.abs(loss - means[turn]!)).toBeLessThan(1e-4);
  });
});

it('writes the facts', () => {
  // The witness would agree on an edit that does nothing, too.
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 10);
});

it('leaves the model with the logits of PyTorch on other texts', () => {
  const { vocabSize } = encoder.info;
  const differences = expected.unrelated.flatMap(({ ids, logits }, row) =>
    ids.map((id, at) => Math.abs(edited.data[row * vocabSize + id]! - logits[at]!)),
  );
  // 5.0e-5 measured.
  expect(Math.max(...differences)).toBeLessThan(5e-4);
});

it('is taken back bit for bit', () => {
  const [whole, changed, back] = [before, edited, after].map(({ data }) =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  );
  expect(changed!.equals(whole!)).toBe(false);
  expect(back!.equals(whole!)).toBe(true);
});
