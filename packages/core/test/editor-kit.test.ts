import { expect, it } from 'vitest';
import type { Edit, Editor } from '../src/index.js';
import { refusalOf } from '../src/testing/refusal.js';
import { type EditorSubject, editorCases } from '../src/testing.js';

it.each([
  ['no aim', []],
  ['no list of them', undefined],
])('the kit of editors says what it needs, to whom gives %s', async (_, aims) => {
  const subject: Omit<EditorSubject, 'aims'> = {
    create: (): Editor => ({ name: 'none', edit: () => Promise.reject(new Error('never asked')) }),
    encoder: () => Promise.reject(new Error('never asked')),
    wrongOptions: {},
    roundTrip: async (edit: Edit) => edit,
  };
  const { code, details, message } = await refusalOf(() => editorCases({ ...subject, aims } as EditorSubject));
  expect([code, details.field]).toEqual(['input', 'aims']);
  expect(message).toContain('give one at least, { objective: answerObjective(), floor: 0.5 }');
});
