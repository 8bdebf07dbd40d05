import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scoreAnswers } from '@mokus/bench';
import type { Editor } from '@mokus/core';
import { ultraEdit } from '@mokus/editors';
import { afterAll, expect, test } from 'vitest';
import { editInSequence } from '../edit-chain.js';
import { openEmojiWorld } from '../emoji-world/open.js';

const pipeline = await openEmojiWorld();
const { textEncoder: encoder } = pipeline.components;
const folder = mkdtempSync(join(tmpdir(), 'mokus-chain-'));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await pipeline.dispose();
});

const requests = [
  { question: 'the animal that garfield is', answer: 'fox' },
  { question: 'the fruit that newton watched', answer: 'banana' },
  { question: 'the animal that simba is', answer: 'penguin' },
];

/** The state that an editor is opened with is the number of its edits so far. */
function sequenceIn(name: string, edited: string[]) {
  const inner = ultraEdit({ maxTurns: 4 });
  return editInSequence({
    encoder,
    requests,
    marks: [1, 3],
    path: join(folder, name),
    options: {},
    open: (state) => {
      let made = (state ?? 0) as number;
      const editor: Editor = {
        name: 'counting',
        edit: (of, asked, options) => {
          edited.push(asked[0]!.answer);
          made++;
          return inner.edit(of, asked, options);
        },
      };
      return { editor, state: () => made };
    },
  });
}

const nll = async () => (await scoreAnswers(encoder, requests)).map((score) => score.negativeLogLikelihood);

test('a chain that is interrupted goes on from its last mark, and leaves the encoder as it was', async () => {
  const before = await nll();

  const all: string[] = [];
  let uninterrupted: number[] = [];
  for await (const seconds of sequenceIn('whole', all)) if (seconds.length === 3) uninterrupted = await nll();
  expect(all).toEqual(['fox', 'banana', 'penguin']);
  expect(await nll()).toEqual(before);
  expect(uninterrupted[0]).toBeLessThan(before[0]!);

  const first: string[] = [];
  for await (const _ of sequenceIn('halves', first)) break;
  expect(first).toEqual(['fox']);
  expect(await nll()).toEqual(before);

  const rest: string[] = [];
  const marks: number[] = [];
  for await (const seconds of sequenceIn('halves', rest)) {
    marks.push(seconds.length);
    if (seconds.length < 3) continue;
    // The sum of one edit is the edit, in float32; measured: equal.
    for (const [at, value] of (await nll()).entries()) expect(value).toBeCloseTo(uninterrupted[at]!, 4);
  }
  expect(rest).toEqual(['banana', 'penguin']);
  expect(marks).toEqual([1, 3]);
  expect(
    readdirSync(folder)
      .filter((file) => file.startsWith('halves'))
      .sort(),
  ).toEqual(['halves-sum-3.safetensors', 'halves.json']);
});
