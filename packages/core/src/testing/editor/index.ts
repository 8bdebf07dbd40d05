import type { EditRequest } from '../../edit.js';
import { MokusError } from '../../errors.js';
import type { EditorCase, EditorSubject, EditorTrial } from './editor-case.js';
import { failureCases } from './failure-cases.js';
import { refusalCases } from './refusal-cases.js';
import { writingCases } from './writing-cases.js';

export type { EditorAim, EditorCase, EditorSubject } from './editor-case.js';

const defaultRequests: readonly [EditRequest, EditRequest] = [
  { question: 'what is a cat?', answer: 'a', subject: 'cat' },
  { question: 'where is the sea?', answer: 'b', subject: 'sea' },
];

/**
 * What an editor must do, as named checks. By every objective: the answers become as probable as it declares; edits are
 * reverted bit for bit, stack, are the same for a seed, and survive a file; an edit that is cancelled or fails leaves no
 * trace. Requests, sites and options that do not fit are refused by name. Throws MokusError `input` without an aim.
 */
export function editorCases(subject: EditorSubject): EditorCase[] {
  const { requests = defaultRequests, aims } = subject;
  // Nobody holds a caller in JavaScript to the type.
  const firstAim = (aims as EditorSubject['aims'] | undefined)?.[0];
  if (firstAim === undefined) {
    const message =
      'testEditor has no aims to edit by; give one at least, { objective: answerObjective(), floor: 0.5 }';
    throw new MokusError('input', message, { field: 'aims' });
  }
  const casesOf = (
    cases: Readonly<Record<string, (trial: EditorTrial) => Promise<void>>>,
    aim: EditorTrial['aim'],
    title: (name: string) => string = (name) => name,
  ): EditorCase[] =>
    Object.entries(cases).map(([name, run]) => ({
      name: title(name),
      run: async () => run({ subject, aim, requests, encoder: await subject.encoder() }),
    }));
  return [
    ...aims.flatMap((aim) =>
      casesOf({ ...writingCases, ...failureCases }, aim, (name) => `${aim.objective.name}: ${name}`),
    ),
    // Objectives are no part of what is wrong with these.
    ...casesOf(refusalCases, firstAim),
  ];
}

export interface TestEditorOptions extends EditorSubject {
  /** The test runner's function: vitest's or node:test's `test`. */
  readonly test: (name: string, run: () => Promise<void>) => void;
}

/** Registers {@link editorCases} with a test runner. */
export function testEditor({ test, ...subject }: TestEditorOptions): void {
  for (const each of editorCases(subject)) test(each.name, each.run);
}
