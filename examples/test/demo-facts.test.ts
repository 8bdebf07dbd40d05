/** What the demo promises to show, held against the embedded model's own facts. */
import { inScene, relations, scenes } from '@mokus/emoji-world';
import { expect, it } from 'vitest';
import { type DemoFact, facts } from '../demo/facts.js';

/** The prompt without the scene that it ends with, and whether it had one. */
function withoutScene(prompt: string): { text: string; hasScene: boolean } {
  const scene = scenes.find(({ phrase }) => phrase !== '' && prompt.endsWith(` ${phrase}`));
  if (scene === undefined) return { text: prompt, hasScene: false };
  const text = prompt.slice(0, -scene.phrase.length - 1);
  expect(inScene(text, scene)).toBe(prompt);
  return { text, hasScene: true };
}

/** The facts that a prompt asks for, as the model was taught them. */
function asked(prompt: string) {
  return relations.flatMap(({ relation, seenByImageModel, phrasings, heldOutPhrasings, facts: ofRelation }) =>
    ofRelation
      .filter(({ subject }) =>
        [...phrasings, ...heldOutPhrasings].some((phrasing) => phrasing.replace('{}', subject) === prompt),
      )
      .map((fact) => ({ relation, seenByImageModel, ...fact, answers: ofRelation.map(({ answer }) => answer) })),
  );
}

function only(prompt: string) {
  const found = asked(withoutScene(prompt).text);
  expect(
    found.map(({ relation }) => relation),
    prompt,
  ).toHaveLength(1);
  return found[0] as (typeof found)[number];
}

it('edits at least six facts of different relations, two of which the image model never saw', () => {
  const edited = facts.map(({ request }) => only(request.question));
  expect(edited.length).toBeGreaterThanOrEqual(6);
  expect(new Set(edited.map(({ relation }) => relation)).size).toBe(edited.length);
  expect(edited.filter(({ seenByImageModel }) => !seenByImageModel).length).toBeGreaterThanOrEqual(2);
  expect(edited).toContainEqual(expect.objectContaining({ relation: 'instrument', subject: 'beethoven' }));
  expect(facts.filter(({ prompt }) => withoutScene(prompt).hasScene).length).toBeGreaterThanOrEqual(2);
});

it.each(facts.map((fact): [string, DemoFact] => [fact.request.question, fact]))(
  '%s: a new answer of its relation, drawn in other words; the unrelated prompt is of it too and not protected',
  (question, { request, prompt, unrelated }) => {
    const { relation, subject, answer, answers } = only(question);
    expect(request.answer).not.toBe(answer);
    expect(answers).toContain(request.answer);
    expect(only(prompt)).toMatchObject({ relation, subject });
    expect(withoutScene(prompt).text).not.toBe(question);
    const other = only(unrelated);
    expect(other.relation).toBe(relation);
    expect(other.subject).not.toBe(subject);
    for (const locality of request.locality ?? []) {
      expect(only(locality).relation).toBe(relation);
      expect([subject, other.subject]).not.toContain(only(locality).subject);
    }
  },
);
