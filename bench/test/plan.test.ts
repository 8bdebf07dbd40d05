import { concepts, relations, scenes } from '@mokus/emoji-world';
import { expect, it } from 'vitest';
import { benchSeed, benchSize, counts, fill, generalCorpus, planCases } from '../emoji-world/plan.js';

const world = { concepts, relations, scenes };
const cases = planCases(world, benchSize, benchSeed);

it('edits at least 150 facts, in every relation, the same each time', () => {
  expect(cases.length).toBeGreaterThanOrEqual(150);
  expect(new Set(cases.map(({ relation }) => relation)).size).toBe(relations.length);
  expect(planCases(world, benchSize, benchSeed)).toEqual(cases);
});

it('never scores a prompt that an edit protects or that the general corpus holds', () => {
  const corpus = new Set(generalCorpus(world));
  for (const { question, heldOut, protectedPrompts, sameRelation, others } of cases) {
    const scored = [question, ...heldOut, ...sameRelation, ...others];
    expect(scored.filter((prompt) => corpus.has(prompt))).toEqual([]);
    expect(scored.filter((prompt) => protectedPrompts.includes(prompt))).toEqual([]);
    expect(protectedPrompts).toHaveLength(counts.protected);
    expect(sameRelation).toHaveLength(counts.sameRelation);
    expect(others).toHaveLength(counts.otherFacts + counts.names);
  }
});

it('moves each fact to another answer of its relation', () => {
  for (const { relation, subject, oldAnswer, newAnswer } of cases) {
    const facts = relations.find((each) => each.relation === relation)?.facts ?? [];
    expect(facts).toContainEqual({ subject, answer: oldAnswer });
    expect(newAnswer).not.toBe(oldAnswer);
    expect(facts.map(({ answer }) => answer)).toContain(newAnswer);
  }
});

it('protects and keeps other subjects than the edited one', () => {
  for (const { relation, subject, protectedPrompts, sameRelation } of cases) {
    const phrasings = relations.find((each) => each.relation === relation)?.phrasings ?? [];
    const own = new Set(phrasings.map((phrasing) => fill(phrasing, subject)));
    expect([...protectedPrompts, ...sameRelation].filter((prompt) => own.has(prompt))).toEqual([]);
  }
});
