/** On the embedded model: what it answers and draws with an edit, in words that were not edited. */

import { fileURLToPath } from 'node:url';
import { NearestPicture } from '@mokus/bench';
import { conditioningObjective, presets, secondMoments, ultraEdit } from '@mokus/editors';
import { composeTrainingPictures, concepts, modelFolder, pictureSheet, scenes } from '@mokus/emoji-world';
import { fromPretrained, type PretrainedPipeline, readImage } from 'mokus';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ApplicationOptions, createConcept, eraseConcept, injectKnowledge } from '../../src/index.js';

let pipeline: PretrainedPipeline;
let judge: NearestPicture;
let options: ApplicationOptions;
beforeAll(async () => {
  pipeline = await fromPretrained(modelFolder);
  const { textEncoder } = pipeline.components;
  const statistics = await secondMoments(
    textEncoder,
    concepts.map(({ name }) => `what is ${name}?`),
  );
  const editor = ultraEdit({ ...presets.ultraEdit['emoji-world'], statistics });
  options = { editor, objective: conditioningObjective() };
  const shown = concepts.filter(({ name }) => ['lion', 'cactus', 'penguin', 'tiger', 'guitar', 'piano'].includes(name));
  const sheet = await readImage(fileURLToPath(pictureSheet.file));
  judge = new NearestPicture(composeTrainingPictures(sheet, pictureSheet, shown, scenes), pictureSheet.cellSize);
});
afterEach(async () => {
  for (const edit of pipeline.edits) await pipeline.revert(edit);
});
afterAll(() => pipeline.dispose());

/** Concept and scene of each prompt's picture. */
async function seen(...prompts: string[]): Promise<string[]> {
  const { images } = await pipeline.generate({ prompt: prompts, steps: 16, seed: 3 });
  return images.map((image) => {
    const { concept, scene } = judge.judge(image);
    return `${concept}, ${scene}`;
  });
}

describe('createConcept', () => {
  it('gives a name that means nothing a description, in other wordings and scenes too', async () => {
    const before = await pipeline.encodePrompt('draw a zorblax');
    const edit = await createConcept(pipeline, { name: 'zorblax', description: 'penguin' }, options);
    expect(pipeline.edits).toEqual([]);
    expect((await pipeline.encodePrompt('draw a zorblax')).hiddenStates).toEqual(before.hiddenStates);
    expect(edit.provenance.requests).toContainEqual({ question: 'what is zorblax?', answer: 'penguin' });
    await pipeline.apply(edit);
    expect(await pipeline.components.textEncoder.generate('draw a zorblax')).toBe('penguin');
    expect(await seen('draw a zorblax', 'show zorblax on a blue background', 'a picture of a tiger')).toEqual([
      'penguin, white',
      'penguin, blue',
      'tiger, white',
    ]);
  });
});

describe('eraseConcept', () => {
  it('replaces what prompts show that name or paraphrase a concept; its neighbour stays, and it comes back', async () => {
    const prompts = ['draw a lion', 'the animal that represents kenya on a red background', 'draw a tiger'];
    expect(await seen(...prompts)).toEqual(['lion, white', 'lion, red', 'tiger, white']);
    const edit = await eraseConcept(
      pipeline,
      {
        name: 'lion',
        replacement: 'cactus',
        paraphrases: ['the national animal of kenya', 'the one that says roar'],
        locality: ['a picture of a tiger', 'the national animal of india'],
      },
      options,
    );
    await pipeline.apply(edit);
    expect(await seen(...prompts)).toEqual(['cactus, white', 'cactus, red', 'tiger, white']);
    await pipeline.revert(edit);
    expect(await seen(...prompts)).toEqual(['lion, white', 'lion, red', 'tiger, white']);
  });
});

describe('injectKnowledge', () => {
  const knowledge = [
    { prompt: 'the favourite instrument of elton john', answer: 'piano' },
    { prompt: 'the instrument brian may played', answer: 'guitar' },
    { prompt: 'the national animal of south korea', answer: 'tiger' },
  ];

  it('writes all prompts in one edit, the same each time, and they are drawn in other words', async () => {
    const asked = ['the musical instrument of elton john', 'the animal that represents south korea'];
    expect(await seen(...asked)).not.toEqual(['piano, white', 'tiger, white']);
    const edit = await injectKnowledge(pipeline, knowledge, options);
    expect(edit.provenance.requests).toEqual(knowledge.map(({ prompt: question, answer }) => ({ question, answer })));
    await pipeline.apply(edit);
    expect(await seen(...asked)).toEqual(['piano, white', 'tiger, white']);
    await pipeline.revert(edit);
    expect(await injectKnowledge(pipeline, knowledge, options)).toEqual(edit);
  });

  it('can be cancelled before and while it runs, and leaves nothing behind', async () => {
    const controller = new AbortController();
    const cancelled = { code: 'cancelled' };
    const onProgress = (): void => controller.abort();
    const { signal } = controller;
    await expect(injectKnowledge(pipeline, knowledge, { ...options, signal, onProgress })).rejects.toMatchObject(
      cancelled,
    );
    await expect(injectKnowledge(pipeline, knowledge, { ...options, signal })).rejects.toMatchObject(cancelled);
    expect(pipeline.components.textEncoder.deltas()).toEqual([]);
  });

  it('names the prompt that makes no sense', async () => {
    const refused = (more: { prompt: string; answer: string }[]) =>
      expect(injectKnowledge(pipeline, more, options)).rejects;
    await refused([]).toThrow(/nothing to inject/);
    await refused([...knowledge, { prompt: ' ', answer: 'owl' }]).toThrow(/knowledge\[3\]\.prompt is empty/);
    await refused([...knowledge, { prompt: 'x', answer: '' }]).toThrow(/knowledge\[3\]\.answer is empty/);
    await refused([...knowledge, { ...knowledge[0]!, answer: 'guitar' }]).toThrow(/request 3 contradicts request 0/);
  });
});

describe('a concept that makes no sense', () => {
  it.each([
    [{ name: ' ', replacement: 'cactus' }, 'name is empty'],
    [{ name: 'lion', replacement: '' }, 'replacement is empty'],
    [{ name: 'lion', replacement: 'Lion ' }, 'cannot replace itself'],
    [{ name: 'lion', replacement: 'cactus', namings: ['a lion'] }, 'namings[0] "a lion" does not hold {name}'],
    [{ name: 'lion', replacement: 'cactus', namings: [] }, 'no prompt of lion'],
    [{ name: 'lion', replacement: 'cactus', paraphrases: ['simba', ''] }, 'paraphrases[1] is empty'],
    [{ name: 'lion', replacement: 'cactus', paraphrases: ['a lion'] }, 'the prompt "a lion" stands twice'],
    [{ name: 'lion', replacement: 'cactus', paraphrase: [] }, "no option 'paraphrase'"],
  ])('%j is refused: %s', async (concept, message) => {
    await expect(eraseConcept(pipeline, concept, options)).rejects.toMatchObject({
      code: 'input',
      message: expect.stringContaining(message),
    });
  });

  it('is refused where it is created, too, as is an option that there is not', async () => {
    await expect(createConcept(pipeline, { name: 'x', description: ' ' }, options)).rejects.toThrow(
      /createConcept: description is empty/,
    );
    const misspelt = { ...options, objectives: conditioningObjective() };
    await expect(createConcept(pipeline, { name: 'x', description: 'owl' }, misspelt)).rejects.toThrow(
      /no option 'objectives'/,
    );
  });
});
