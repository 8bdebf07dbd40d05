import type { EditRequest, EncodedQuestion } from '@mokus/core';
import { namingRequest } from '../session/requests.js';
import type { EditSession } from '../session/session.js';
import { findSubject, lastTokenOf } from './subject.js';

/** A request's question in every context, with the position of the subject's last token in each. */
export interface LocatedRequest {
  readonly index: number;
  readonly request: EditRequest;
  /** With the answer, teacher-forced; the plain question first. */
  readonly encoded: readonly EncodedQuestion[];
  /** Of the subject's last token, in each of them. */
  readonly positions: readonly number[];
  /** '{subject} is a', whose next token the search for a target keeps. */
  readonly drift: { readonly ids: readonly number[]; readonly position: number };
}

/**
 * Throws MokusError naming the request's index: `input` for a subject that is missing or not in the question, `prompt`
 * for a context that makes the question too long.
 */
export function locateRequests(
  { encoder, requests, template }: EditSession,
  owner: string,
  contexts: readonly string[],
): readonly LocatedRequest[] {
  return requests.map((request, index) => {
    const subject = findSubject(owner, request, index);
    const name = request.question.slice(subject.start, subject.end);
    return namingRequest(index, () => {
      const prompts = contexts.map((context) => context.replace('{}', () => request.question));
      const driftPrompt = `${name} is a`;
      return {
        index,
        request,
        encoded: prompts.map((prompt) => encoder.encodeQuestion(prompt, request.answer, { template })),
        positions: prompts.map((prompt, context) => {
          const before = contexts[context]!.indexOf('{}');
          const range = { start: before + subject.start, end: before + subject.end };
          return lastTokenOf(encoder, prompt, range, template);
        }),
        drift: {
          ids: encoder.tokenize(driftPrompt, { template }).ids,
          position: lastTokenOf(encoder, driftPrompt, { start: 0, end: name.length }, template),
        },
      };
    });
  });
}
