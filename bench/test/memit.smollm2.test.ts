/** MEMIT on SmolLM2-135M-Instruct beside its PyTorch implementation (tools/smollm2/memit.py). */
import { readFileSync } from 'node:fs';
import { memit, rowsLike, secondMoments } from '@mokus/editors';
import { afterAll, expect, it } from 'vitest';
import { openSmollm2, template } from '../smollm2/model.js';

interface Expected {
  readonly settings: {
    readonly layers: readonly [number, number];
    readonly steps: number;
    readonly learning_rate: number;
    readonly weight_decay: number;
    readonly clamp: number;
    readonly kl_factor: number;
    readonly ridge: number;
    readonly mu: number;
    readonly contexts: readonly string[];
    readonly stop_loss: number;
  };
  readonly facts: readonly { readonly prompt: string; readonly subject: string; readonly answer: string }[];
  readonly corpus: readonly string[];
  /** The facts' prompts, then others. */
  readonly texts: readonly string[];
  /** The largest logits after each text, under the edit. */
  readonly after: readonly { readonly ids: readonly number[]; readonly logits: readonly number[] }[];
}

const expected: Expected = JSON.parse(readFileSync(new URL('../smollm2/fixtures/memit.json', import.meta.url), 'utf8'));
const { settings, facts, corpus, texts, after } = expected;
const requests = facts.map(({ prompt, subject, answer }) => ({ question: prompt, subject, answer }));
const encoder = await openSmollm2();
afterAll(() => encoder.dispose());

/** Of the expected logits, the largest difference to those of the encoder as it is now, by text. */
async function differences(): Promise<number[]> {
  const batch = texts.map((text) => encoder.tokenize(text, { template }).ids);
  const rows = batch.map((ids, sequence) => ({ sequence, position: ids.length - 1 }));
  const { logits } = await encoder.forward({ batch, logits: rows });
  return after.map(({ ids, logits: wanted }, row) =>
    Math.max(...ids.map((id, at) => Math.abs(logits.data[row * encoder.info.vocabSize + id]! - wanted[at]!))),
  );
}

// Everything is computed here: a test of its own would be cut after a minute on a slow machine.
const sites = { roles: ['down_proj'], layers: { from: settings.layers[0], to: settings.layers[1] } };
const statistics = await secondMoments(encoder, corpus, { template, sites, rows: rowsLike('subjectLast') });
const editor = memit({
  sites,
  steps: settings.steps,
  learningRate: settings.learning_rate,
  weightDecay: settings.weight_decay,
  clamp: settings.clamp,
  klFactor: settings.kl_factor,
  stopLoss: settings.stop_loss,
  // The bare prompt is always there.
  contexts: settings.contexts.slice(1),
  lambda: settings.ridge,
  mu: settings.mu,
  statistics,
});
const unedited = await differences();
const edit = await editor.edit(encoder, requests, { template });
const handles = [...edit.sites].map(([site, delta]) => encoder.pushDelta(site, delta));
const edited = await differences();
for (const handle of handles) encoder.popDelta(handle);

it('leaves the model with the logits of PyTorch, after the facts and after other texts', () => {
  expect(edited).toHaveLength(texts.length);
  // 1.2e-4 measured.
  expect(Math.max(...edited)).toBeLessThan(5e-4);
});

it('moves the logits after the facts', () => {
  // The witness would agree on an edit that does nothing, too.
  for (const difference of unedited.slice(0, facts.length)) expect(difference).toBeGreaterThan(1);
});
