import { EditStack, type TextEncoder } from '@mokus/core';
import { conditioningObjective, presets, ultraEdit } from '@mokus/editors';
import { relations } from '@mokus/emoji-world';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type AnsweredProbe,
  agreement,
  measureText,
  predictTokens,
  scoreAnswers,
  textBaseline,
} from '../../src/index.js';
import { beethoven, emojiPipeline } from '../support/emoji.js';

const pipeline = await emojiPipeline();
afterAll(() => pipeline.dispose());
const { textEncoder } = pipeline.components;

/** log softmax at the last position of a prefix, in float64: one sequence, one row. */
async function logProbabilities(encoder: TextEncoder, ids: readonly number[]): Promise<number[]> {
  const rows = [{ sequence: 0, position: ids.length - 1 }];
  const { logits } = await encoder.forward({ batch: [ids], logits: rows });
  const total = logits.data.reduce((sum, value) => sum + Math.exp(value), 0);
  return Array.from(logits.data, (value) => value - Math.log(total));
}

describe('scoreAnswers', () => {
  it('is what the model says token by token', async () => {
    const longest = relations
      .flatMap(({ facts }) => facts.map(({ answer }) => answer))
      .sort((a, b) => b.length - a.length)[0] as string;
    const probes: AnsweredProbe[] = [
      { question: beethoven.request.question, answer: 'piano' },
      { question: 'what is a cat?', answer: `${longest} guitar` },
      { question: 'the national animal of australia', answer: 'violin' },
    ];
    const scores = await scoreAnswers(textEncoder, probes);
    for (const [at, { question, answer }] of probes.entries()) {
      const { ids, answerIds, questionLength } = textEncoder.encodeQuestion(question, answer);
      let [hits, sum] = [0, 0];
      const prefix = ids.slice(0, questionLength);
      for (const id of answerIds) {
        const own = await logProbabilities(textEncoder, prefix);
        hits += Number(own.indexOf(Math.max(...own)) === id);
        sum -= own[id] as number;
        prefix.push(id);
      }
      expect(scores[at]?.accuracy).toBe(hits / answerIds.length);
      // f32 logits of a batch against those of single sequences: 4e-6 was the largest difference seen.
      expect(scores[at]?.negativeLogLikelihood).toBeCloseTo(sum / answerIds.length, 4);
    }
    expect(scores[0]).toMatchObject({ accuracy: 1, firstToken: true });
    expect(scores[2]).toMatchObject({ accuracy: 0, firstToken: false });
  });

  it('does not depend on how many are asked at once', async () => {
    const probes = relations[0]!.facts.slice(0, 20).map(({ subject, answer }) => ({
      question: relations[0]!.phrasings[0]!.replace('{}', subject),
      answer,
    }));
    const together = await scoreAnswers(textEncoder, probes);
    const [last] = await scoreAnswers(textEncoder, probes.slice(-1));
    expect(together).toHaveLength(20);
    expect(together.at(-1)?.accuracy).toBe(last?.accuracy);
    expect(together.at(-1)?.negativeLogLikelihood).toBeCloseTo(last?.negativeLogLikelihood as number, 4);
    expect(await scoreAnswers(textEncoder, [])).toEqual([]);
  });

  it('refuses an empty answer, and stops when it is cancelled', async () => {
    await expect(scoreAnswers(textEncoder, [{ question: 'what?', answer: '' }])).rejects.toMatchObject({
      code: 'prompt',
    });
    const probes = [{ question: 'what?', answer: 'piano' }];
    const cancelled = scoreAnswers(textEncoder, probes, { signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('predictTokens', () => {
  it('gives the answer that the model generates', async () => {
    const { question } = beethoven.request;
    const [withAnswer, alone] = await predictTokens(textEncoder, [{ question, answer: 'piano' }, { question }]);
    expect(textEncoder.decode(withAnswer as number[]).trim()).toBe('piano');
    expect(alone).toEqual(withAnswer?.slice(0, 1));
  });

  it('agrees with itself', () => {
    expect(agreement([1, 2, 3, 4], [1, 2, 9, 4])).toBe(0.75);
    expect(agreement([], [])).toBe(1);
  });
});

describe('measureText', () => {
  it('measures an edit: the new answer, its paraphrases, what follows and what stays', async () => {
    const each = { ...beethoven, portability: [{ question: 'beethoven played the', answer: 'guitar' }] };
    const baseline = await textBaseline(textEncoder, each);
    const before = await measureText(textEncoder, each, baseline);
    expect(before).toMatchObject({
      answer: 'piano',
      reliability: 0,
      generalization: 0,
      locality: 1,
      firstToken: false,
    });
    expect(before.contests?.question.newAnswer).toBeGreaterThan(before.contests?.question.oldAnswer as number);
    expect(before.fluency).toBeUndefined();

    const editor = ultraEdit({ ...presets.ultraEdit['emoji-world'], mu: 0, nu: 0 });
    const edit = await editor.edit(textEncoder, [each.request], { objective: conditioningObjective() });
    const edits = new EditStack(textEncoder);
    await edits.apply(edit);
    const after = await measureText(textEncoder, each, baseline, { fluencyTokens: 20 });
    const predicted = await predictTokens(textEncoder, baseline.stays);
    edits.revert(edit);

    expect(after).toMatchObject({ answer: 'guitar', reliability: 1, generalization: 1, firstToken: true });
    const [portable] = await scoreAnswers(textEncoder, each.portability);
    expect(before.portability).toBe(portable?.accuracy);
    expect(after.contests?.question.newAnswer).toBeLessThan(after.contests?.question.oldAnswer as number);
    expect(after.contests?.paraphrases).toHaveLength(1);
    expect(after.contests?.neighbours).toHaveLength(1);
    expect(after.fluency).toBeGreaterThanOrEqual(0);
    const kept = baseline.predicted.map((ids, at) => ids.filter((id, token) => id === predicted[at]?.[token]).length);
    expect(after.locality).toBeCloseTo((kept[0]! / predicted[0]!.length + kept[1]! / predicted[1]!.length) / 2, 12);
    expect(await measureText(textEncoder, each, baseline)).toEqual(before);
  });

  it('compares an unrelated prompt without an answer at the tokens of its own', async () => {
    const { stays, predicted } = await textBaseline(textEncoder, beethoven);
    expect(stays.map(({ question }) => question)).toEqual([
      'the national animal of australia',
      'the favourite instrument of chopin',
    ]);
    expect(stays[0]?.answer).toBe(await textEncoder.generate('the national animal of australia'));
    expect(textEncoder.decode(predicted[0] as number[]).trim()).toBe(stays[0]?.answer);
  });
});
