import { drawPictures, type EditCase } from '@mokus/bench';
import { measuredLimit } from '../emoji-world/distance-limit.js';
import { openEmojiWorld } from '../emoji-world/open.js';
import { benchSeed, benchSize, generalCorpus, namePrompt, planCases, type TransferCase } from '../emoji-world/plan.js';
import { nearestScorer, steps, world } from '../emoji-world/world.js';
import type { Combination, EditorsSubject } from './subject.js';

const planned = planCases(world, benchSize, benchSeed);
/** Two of each relation. */
const few = planned.filter(({ id }) => id % 5 === 0);

/** Relations whose prompts the image model never saw, by the ids of the cases. */
export const unseenCases: ReadonlySet<string> = new Set(
  planned.filter(({ seen }) => !seen).map(({ id }) => String(id)),
);

/** With the picture objective's own limit edits go on for 40 turns and change other pictures too. */
const picture = { objective: 'picture', objectiveOptions: { stopError: 0.04 } } as const;
const objectives = [{ objective: 'conditioning' }, { objective: 'answer' }, picture] as const;
const withEach = (editor: string): Combination[] => objectives.map((objective) => ({ editor, ...objective }));
const measuredOnAll: readonly Combination[] = [
  // Stops earlier than by default, so it changes less.
  { editor: 'ultraEdit', objective: 'conditioning', objectiveOptions: { stopCosine: 0.1 } },
  ...withEach('ultraEdit'),
  { editor: 'memit', objective: 'conditioning' },
  { editor: 'fineTuning', objective: 'conditioning' },
];
const measuredOnFew: readonly Combination[] = [
  ...['memit', 'fineTuning'].flatMap((editor) => withEach(editor).slice(1)),
  ...['alphaEdit', 'rome', 'pmet', 'loraTuning', 'ftL', 'ftM'].flatMap(withEach),
  { editor: 'ultraEdit', objective: 'picture' },
];

/**
 * The transfer benchmark's facts, each with its edited phrasing, its held-out ones, and eight prompts that must stay: four
 * of its relation, two facts of others and two names.
 */
function caseOf({ id, question, newAnswer, oldAnswer, subject, ...rest }: TransferCase): EditCase {
  const { heldOut, protectedPrompts, sameRelation, others } = rest;
  const stays = [...sameRelation.slice(0, 4), ...others.filter((_, at) => at % 3 === 0)];
  return {
    id: String(id),
    request: { question, answer: newAnswer, subject, paraphrases: heldOut, locality: protectedPrompts },
    oldAnswer,
    unrelated: stays.map((prompt) => ({ question: prompt })),
  };
}

/** The embedded model, judged as in the transfer benchmark. */
export async function emojiWorld(): Promise<EditorsSubject> {
  const pipeline = await openEmojiWorld();
  const { limit, imageModel } = measuredLimit(await pipeline.components.textEncoder.fingerprint());
  const scorer = await nearestScorer(limit);
  const casesOf = (cases: readonly TransferCase[]) => (combination: Combination) => ({
    combination,
    cases: cases.map(caseOf),
  });
  return {
    name: 'emoji-world',
    model: pipeline,
    combinations: [...measuredOnAll.map(casesOf(planned)), ...measuredOnFew.map(casesOf(few))],
    preset: 'emoji-world',
    corpus: generalCorpus(world),
    plan: { pictures: { scorer, steps, batchSize: 16, shown: 0, velocity: false, model: imageModel } },
    dispose: () => pipeline.dispose(),
  };
}

/** Share of natural prompts of each answer whose pictures, drawn by the unedited model, show it. */
export async function naturalPictures(): Promise<Readonly<Record<string, number>>> {
  const { model, plan, dispose } = await emojiWorld();
  if (!('components' in model) || plan.pictures?.scorer === undefined) throw new Error('emoji-world draws pictures');
  const { scorer, steps, batchSize } = plan.pictures;
  const shares: Record<string, number> = {};
  for (const answer of new Set(planned.map(({ newAnswer }) => newAnswer))) {
    const prompts = [`what is ${answer}?`, namePrompt(answer)];
    const pictures = await drawPictures(
      model,
      prompts.map((prompt) => ({ prompt, seed: 0 })),
      { steps, batchSize },
    );
    let shown = 0;
    for (const [at, picture] of pictures.entries()) {
      if ((await scorer.shows(picture, { target: answer, prompt: prompts[at]! })).holds) shown++;
    }
    shares[answer] = shown / prompts.length;
  }
  await dispose();
  return shares;
}
