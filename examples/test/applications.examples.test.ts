/** What the examples of creation, erasure and injection promise to show: answers and pictures, before and after. */
import { NearestPicture } from '@mokus/bench';
import type { TextToImagePipeline } from '@mokus/core';
import { composeTrainingPictures, concepts, modelFolder, pictureSheet, scenes } from '@mokus/emoji-world';
import { fromPretrained, readImage } from 'mokus';
import { afterAll, expect, it } from 'vitest';
import type { BeforeAndAfter, Drawn } from '../before-and-after.js';
import { createZorblax, prompts as ofZorblax } from '../create-concept/zorblax.js';
import { eraseLion, prompts as ofLion } from '../erase-concept/lion.js';
import { injectFacts, prompts as ofFacts } from '../inject-knowledge/facts.js';

const pipeline = await fromPretrained(modelFolder);
const sheet = await readImage(pictureSheet.file);
const judge = new NearestPicture(composeTrainingPictures(sheet, pictureSheet, concepts, scenes), pictureSheet.cellSize);
afterAll(() => pipeline.dispose());

type Example = (pipeline: TextToImagePipeline) => Promise<BeforeAndAfter>;

/** For each prompt what it shows afterwards; where that is not new, it showed the same before. */
const examples: readonly [
  name: string,
  run: Example,
  prompts: readonly string[],
  shown: readonly string[],
  stay: number,
][] = [
  ['create-concept', createZorblax, ofZorblax, ['penguin', 'penguin, blue', 'penguin', 'owl'], 1],
  ['erase-concept', eraseLion, ofLion, ['cactus', 'cactus, purple', 'cactus', 'cactus', 'tiger', 'tiger'], 2],
  ['inject-knowledge', injectFacts, ofFacts, ['piano', 'tiger, green', 'falafel', 'soccer', 'guitar'], 1],
];

it.each(examples)(
  '%s',
  async (_, run, prompts, shown, stay) => {
    const { before, after } = await run(pipeline);
    const seen = ({ images }: Drawn): string[] =>
      images.map((image) => {
        const { concept, scene } = judge.judge(image);
        return scene === 'white' ? concept : `${concept}, ${scene}`;
      });
    expect(seen(after)).toEqual(shown);
    expect(after.answers).toEqual(shown.map((each) => each.split(',')[0]));
    const fresh = prompts.length - stay;
    expect(seen(before).slice(fresh)).toEqual(shown.slice(fresh));
    for (const [at, each] of seen(before).slice(0, fresh).entries()) expect(each).not.toBe(shown[at]);
    expect(pipeline.edits).toEqual([]);
  },
  240_000,
);
