/** UniKE end to end: records, edits of the embedded model, pictures, and a vision model behind an endpoint that judges them. */
import { answerObjective, presets, ultraEdit } from '@mokus/editors';
import { encodePng, readImage } from 'mokus';
import { afterAll, afterEach, expect, it } from 'vitest';
import { compareEditors, readUnike, unikeCase, visionEndpoint, visionJudge } from '../../src/index.js';
import { type ChatServer, chatServer, picturesOf, questionOf, says } from '../support/chat-server.js';
import { emojiPipeline } from '../support/emoji.js';
import { unikeFile } from '../support/unike.js';

const pipeline = await emojiPipeline();
afterAll(() => pipeline.dispose());
let server: ChatServer;
afterEach(() => server.close());

const records = readUnike(unikeFile);
const create = () => ultraEdit({ ...presets.ultraEdit['emoji-world'], mu: 0, nu: 0, maxTurns: 10 });
const objective = answerObjective();

/** Compares with a judge to whom only pictures of these stages show their target. */
async function judged(isShown: (question: string) => boolean) {
  server = await chatServer((response, call) => {
    const holds = isShown(questionOf(call));
    says(JSON.stringify({ observation: 'a thing', matches_target: holds, confidence: 0.75 }))(response, call);
  });
  const { baseUrl } = server;
  return compareEditors(pipeline, {
    editors: [{ name: 'UltraEdit', create }],
    objectives: [objective],
    cases: records.map(unikeCase),
    pictures: {
      steps: 4,
      seeds: [3],
      // A picture of a batch differs from the same drawn alone by a rounding here and there.
      batchSize: 1,
      velocity: false,
      scorer: visionJudge(visionEndpoint({ baseUrl, model: 'judge', encodePicture: encodePng })),
    },
  });
}

it('asks about each stage by its target and its own question, and has the modality gap of the answers', async () => {
  const { summary, cells, settings } = await judged((question) => question.includes('guitar'));
  expect(settings.pictures?.scorer).toEqual({
    name: 'vision model',
    options: { model: 'judge', url: `${server.baseUrl}/chat/completions` },
  });
  const stages = records.flatMap(({ stages }) => stages);
  const asked = server.calls.map(questionOf);
  expect(asked).toHaveLength(stages.length);
  for (const [at, { visualTarget, vqaQuestion }] of stages.entries()) {
    expect(asked[at]).toContain(`The target: ${visualTarget}. ${vqaQuestion} Does the picture match the target?`);
  }
  const pictures = cells.flatMap(({ made }) => made?.pictures ?? []);
  expect(pictures.map(({ role, verdict }) => [role, verdict?.holds])).toEqual([
    ['efficacy', true],
    ['paraphrase', true],
    ['efficacy', false],
  ]);
  expect(pictures[0]?.verdict).toEqual({ holds: true, measure: 0.75, saw: 'a thing' });
  // Both answers are written; of the two pictures that the edits are for the judge accepts one.
  expect(summary[0]?.rates).toMatchObject({
    textEfficacy: 1,
    pictures: { efficacy: 0.5, paraphrase: 1 },
    modalityGap: 0.5,
  });
  expect(summary[0]?.rates.pictures.locality).toBeUndefined();

  // What the judge saw is what the edited model draws.
  const sent = server.calls.map(picturesOf);
  for (const [at, { request, pictures: prompts = [] }] of records.map(unikeCase).entries()) {
    const edit = await create().edit(pipeline.components.textEncoder, [request], { objective });
    await pipeline.apply(edit);
    for (const [offset, { prompt }] of prompts.entries()) {
      const { images } = await pipeline.generate({ prompt, seed: 3, steps: 4 });
      const pngs = sent[2 * at + offset] ?? [];
      expect(await Promise.all(pngs.map((png) => readImage(png)))).toEqual(images);
    }
    await pipeline.revert(edit);
  }
}, 240_000);

it.each([
  ['closes the gap by seeing every target', true, 0],
  ['leaves all of it by seeing none', false, 1],
])(
  'a judge %s',
  async (_, holds, modalityGap) => {
    const { summary } = await judged(() => holds);
    expect(summary[0]?.rates).toMatchObject({ textEfficacy: 1, modalityGap });
  },
  240_000,
);
