import { agreement, predictTokens, scoreAnswers } from '@mokus/bench';
import { type EditRequest, seededNoise } from '@mokus/core';
import { measuredLimit } from '../emoji-world/distance-limit.js';
import { openEmojiWorld } from '../emoji-world/open.js';
import {
  fill,
  generalCorpus,
  inTurn,
  namePrompt,
  oneTokenNames,
  planCases,
  questionCorpus,
  sample,
  benchSeed as seed,
  benchSize as size,
  type TransferCase,
} from '../emoji-world/plan.js';
import { rate, shows } from '../emoji-world/rates.js';
import { drawAndJudge, nearestPicture, world } from '../emoji-world/world.js';
import { emojiWorldEditors } from './emoji-world-editors.js';
import type { RetentionSubject } from './subject.js';

/** Pictures of each kind that a point is judged by, at most; text is judged by all prompts. */
const pictures = 200;

interface Probe {
  readonly prompt: string;
  readonly concept: string;
}

/** The first of the trained phrasings that the fact is not edited in. */
function otherQuestion({ relation, subject, question }: TransferCase): string {
  const { phrasings } = world.relations.find((each) => each.relation === relation)!;
  return phrasings.map((phrasing) => fill(phrasing, subject)).find((each) => each !== question)!;
}

/** The embedded model: facts moved to other answers of their relations, judged as in the transfer benchmark. */
export async function emojiWorld(): Promise<RetentionSubject> {
  const pipeline = await openEmojiWorld();
  const { textEncoder } = pipeline.components;
  const model = await textEncoder.fingerprint();
  const { limit, imageModel } = measuredLimit(model);
  const judge = await nearestPicture();

  const noise = seededNoise(seed);
  const planned = planCases(world, size, seed);
  const first = sample(planned, planned.length, noise);
  const idOf = ({ relation, subject }: Pick<TransferCase, 'relation' | 'subject'>): string => `${relation}/${subject}`;
  const edited = new Set(first.map(idOf));
  // Last, all that the model knows: no fact is left that is not edited.
  const rest = planCases(world, Number.POSITIVE_INFINITY, seed).filter((each) => !edited.has(idOf(each)));
  const cases = [...first, ...sample(rest, rest.length, seededNoise(seed))];
  const requestOf = (each: TransferCase, question: string): EditRequest => ({
    question,
    answer: each.newAnswer,
    subject: each.subject,
    locality: each.protectedPrompts,
  });
  const facts = world.relations.flatMap(({ relation, facts: all, heldOutPhrasings, phrasings }) =>
    all
      .filter(({ subject }) => !edited.has(idOf({ relation, subject })))
      .map(({ subject, answer }, at) => ({
        prompt: inTurn(heldOutPhrasings, subject, at),
        question: inTurn(phrasings, subject, at),
        concept: answer,
      })),
  );
  const names: readonly Probe[] = oneTokenNames(world).map((name) => ({ prompt: namePrompt(name), concept: name }));
  const drawnFacts = sample(facts, pictures, noise);
  const drawnNames = sample(names, pictures, noise);
  const stays = [...facts, ...names].map(({ prompt }) => ({ question: prompt }));
  const before = await predictTokens(textEncoder, stays);

  const drawn = async (probes: readonly Probe[]): Promise<number> => {
    const verdicts = await drawAndJudge(
      pipeline,
      judge,
      probes.map(({ prompt }) => prompt),
    );
    const rows = probes.map(({ concept }, at) => ({ concept, nearest: verdicts[at]! }));
    return rate(rows, (row) => shows(row, row.concept, limit));
  };

  return {
    name: 'emoji-world',
    fingerprint: JSON.stringify({ model, imageModel, seed, size, pictures, limit }),
    encoder: textEncoder,
    editors: emojiWorldEditors,
    requests: cases.map((each) => requestOf(each, each.question)),
    reworded: cases.map((each) => requestOf(each, otherQuestion(each))),
    kept: facts.map(({ question, concept }) => ({ question, answer: concept })),
    sequentialCounts: [1, 10, 30, 100, first.length, cases.length],
    jointCounts: [100, 30, 10],
    corpora: { names: generalCorpus(world), questions: questionCorpus(world) },
    async measure(edits) {
      const done = cases.slice(0, edits);
      const isRestEdited = edits > first.length;
      const fresh = done.flatMap(({ heldOut, newAnswer }) => heldOut.map((prompt) => ({ prompt, concept: newAnswer })));
      const scores = await scoreAnswers(
        textEncoder,
        done.map(({ question, newAnswer }) => ({ question, answer: newAnswer })),
      );
      const after = await predictTokens(textEncoder, stays);
      const kept = before.map((was, at) => agreement(was, after[at]!)).slice(isRestEdited ? facts.length : 0);
      return {
        newPicture: await drawn(sample(fresh, Math.min(pictures, fresh.length), seededNoise(seed + edits))),
        uneditedFacts: isRestEdited ? null : await drawn(drawnFacts),
        names: await drawn(drawnNames),
        reliability: rate(scores, ({ accuracy }) => accuracy === 1),
        locality: rate(kept, (same) => same === 1),
      };
    },
    dispose: () => pipeline.dispose(),
  };
}
