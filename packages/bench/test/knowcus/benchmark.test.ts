import { readFileSync } from 'node:fs';
import { knowCus, concepts as known, scenes } from '@mokus/emoji-world';
import { expect, it } from 'vitest';
import { knowCusJobs, readKnowCus } from '../../src/index.js';

const json = readFileSync(knowCus.file, 'utf8');
const edition = readKnowCus(json);

it('has an edition for emoji-world: eight concepts in three pictures, five facts each, most prompts in scenes', () => {
  expect(edition.length).toBeGreaterThanOrEqual(8);
  const aspects = new Set<string>();
  for (const { name, pictures, facts, prompts } of edition) {
    expect(known.map((each) => each.name)).not.toContain(name);
    expect(pictures.length).toBeGreaterThanOrEqual(3);
    expect(facts).toHaveLength(5);
    for (const { aspect } of facts) aspects.add(aspect);
    expect(new Set(prompts.filter(({ part }) => part === 'generation').map(({ aspect }) => aspect)).size).toBe(4);
  }
  expect(aspects.size).toBe(6);
  const prompts = edition.flatMap((concept) => concept.prompts);
  expect(prompts.filter(({ scene }) => scene !== 'white').length).toBeGreaterThan(prompts.length / 2);
});

it('asks for the scene that a prompt is said to ask for, and names no concept that the model knows', () => {
  for (const { facts, prompts, anchor } of edition) {
    for (const { prompt, scene, unedited, fact } of prompts) {
      const { phrase } = scenes.find(({ name }) => name === scene)!;
      const bare = phrase === '' ? prompt : prompt.slice(0, -phrase.length - 1);
      expect(phrase === '' ? prompt : `${bare} ${phrase}`).toBe(prompt);
      expect(bare === facts[fact]?.question).toBe(!unedited);
      expect(known.filter(({ name }) => bare.includes(name))).toEqual([]);
      expect(prompt).not.toContain(anchor);
    }
  }
});

it('makes a job of every prompt with every seed, of the facts that are bound', () => {
  const [first] = edition;
  expect(knowCusJobs(edition)).toHaveLength(edition.flatMap(({ prompts }) => prompts).length * 5);
  const some = knowCusJobs([first!], { seeds: [3], facts: 2 });
  expect(some).toHaveLength(10);
  expect(new Set(some.map(({ fact }) => fact))).toEqual(new Set([0, 1]));
  expect(some[0]).toMatchObject({ concept: first?.name, seed: 3, part: 'reconstruction' });
});

it('refuses what does not fit, by record and field', () => {
  const changed = (fields: Readonly<Record<string, unknown>>): string => {
    const records = JSON.parse(json) as object[];
    return JSON.stringify(records.map((record, at) => (at === 1 ? { ...record, ...fields } : record)));
  };
  const prompt = { part: 'generation', fact: 0, aspect: 'a', prompt: 'p' };
  for (const [fields, field, message] of [
    [{ anchor: undefined }, 'anchor', /record 1: anchor is missing/],
    [{ prompts: [{ ...prompt, fact: 5 }] }, 'prompts[0].fact', /fact is 5.*5 facts/],
    [{ prompts: [{ ...prompt, part: 'x' }] }, 'prompts[0].part', /is 'x'/],
    [{ prompts: [{ ...prompt, unedited: 1 }] }, 'prompts[0].unedited', /not true or false/],
    [{ facts: [] }, 'facts', /are none/],
    [{ name: edition[0]?.name }, 'name', /an earlier concept/],
  ] as const) {
    const read = (): unknown => readKnowCus(changed(fields));
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: 'input', details: expect.objectContaining({ request: 1 }) }));
    expect(read).toThrow(expect.objectContaining({ details: expect.objectContaining({ field }) }));
  }
});
