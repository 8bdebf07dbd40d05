import { existsSync, readdirSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  concepts,
  generalCorpus,
  inScene,
  modelFolder,
  oneTokenNames,
  pictureSheet,
  relations,
  scenes,
} from '../src/index.js';

it('has what the card says: concepts, scenes, facts and relations that the image model never saw', () => {
  const pictured = concepts.filter(({ cell }) => cell !== undefined);
  expect(pictured.length).toBeGreaterThanOrEqual(300);
  expect(pictured.filter(({ tokens }) => tokens > 1).length).toBeGreaterThanOrEqual(20);
  expect(scenes.filter(({ phrase }) => phrase !== '').length).toBeGreaterThanOrEqual(6);
  expect(relations.length).toBeGreaterThanOrEqual(8);
  expect(relations.flatMap(({ facts }) => facts).length).toBeGreaterThanOrEqual(200);
  const unseen = relations.filter(({ seenByImageModel }) => !seenByImageModel);
  expect(unseen.length).toBeGreaterThanOrEqual(3);
  expect(unseen.flatMap(({ facts }) => facts).length).toBeGreaterThanOrEqual(60);
});

it('answers every fact with a pictured concept of one token', () => {
  const answers = new Set(concepts.filter(({ tokens, cell }) => tokens === 1 && cell !== undefined).map((c) => c.name));
  for (const { facts } of relations) for (const { answer } of facts) expect(answers).toContain(answer);
});

it('knows each subject once in a relation, in phrasings that hold it', () => {
  for (const { facts, phrasings, heldOutPhrasings } of relations) {
    expect(new Set(facts.map(({ subject }) => subject)).size).toBe(facts.length);
    for (const phrasing of [...phrasings, ...heldOutPhrasings]) expect(phrasing).toContain('{}');
    expect(heldOutPhrasings.filter((phrasing) => phrasings.includes(phrasing))).toEqual([]);
  }
});

it('ships the checkpoint, in at most 30 MB of weights, and the pictures with their licence', () => {
  expect(existsSync(new URL('model_index.json', modelFolder))).toBe(true);
  const weights = readdirSync(modelFolder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.safetensors'),
  );
  const bytes = weights.map((file) => statSync(new URL(file, modelFolder)).size);
  expect(weights).toHaveLength(3);
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(30e6);
  expect(existsSync(pictureSheet.file)).toBe(true);
  for (const file of ['LICENSE', 'NOTICE']) expect(existsSync(new URL(file, pictureSheet.file))).toBe(true);
});

it('asks for a scene behind the prompt', () => {
  const blue = scenes.find(({ name }) => name === 'blue');
  if (blue === undefined) throw new Error('there is no blue scene');
  expect(inScene('a cat', blue)).toBe('a cat on a blue background');
  const white = scenes.find(({ phrase }) => phrase === '');
  expect(white && inScene('a cat', white)).toBe('a cat');
});

it('has a general corpus of names in two wrappings, with scenes and without facts', () => {
  const corpus = generalCorpus();
  const names = oneTokenNames();
  expect(names).toHaveLength(326);
  expect(new Set(corpus).size).toBe(2 * names.length);
  for (const { phrase } of scenes)
    expect(corpus.filter((prompt) => prompt.endsWith(phrase)).length).toBeGreaterThan(30);
  const subjects = relations.flatMap(({ facts }) => facts.map(({ subject }) => subject));
  expect(subjects.filter((subject) => corpus.some((prompt) => prompt.includes(` of ${subject}`)))).toEqual([]);
});
