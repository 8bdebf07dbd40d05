import type { EditRequest, EncodedQuestion } from '@mokus/core';
import { namingRequest } from '../session/requests.js';
import type { EditSession } from '../session/session.js';
import type { ResolvedTargetSearch } from './options.js';
import { findSubject, lastTokenOf } from './subject.js';

/** A request's question in every context, with the position of the fact token in each. */
export interface LocatedRequest {
  readonly index: number;
  readonly request: EditRequest;
  /** With the answer, teacher-forced; the plain question first. */
  readonly encoded: readonly EncodedQuestion[];
  /** Of the fact token, in each of them. */
  readonly positions: readonly number[];
  /** '{subject} is a', whose next token after the fact token the search for a target keeps. */
  readonly drift: { readonly ids: readonly number[]; readonly position: number } | undefined;
}

/**
 * Throws MokusError naming the request's index: `input` for a subject that is needed and missing or not in the question,
 * `prompt` for a context that makes the question too long.
 */
export function locateRequests(
  { encoder, requests, template }: EditSession,
  owner: string,
  contexts: readonly string[],
  { factToken, klFactor }: Pick<ResolvedTargetSearch, 'factToken' | 'klFactor'>,
): readonly LocatedRequest[] {
  const locate = (prompt: string, start: number, end: number, length: number): number =>
    factToken === 'last' ? length - 1 : lastTokenOf(encoder, prompt, { start, end }, template);
  return requests.map((request, index) => {
    const needsSubject = factToken === 'subjectLast' || klFactor > 0;
    const subject = needsSubject ? findSubject(owner, request, index) : { start: 0, end: 0 };
    const name = request.question.slice(subject.start, subject.end);
    return namingRequest(index, () => {
      const prompts = contexts.map((context) => context.replace('{}', () => request.question));
      const encoded = prompts.map((prompt) => encoder.encodeQuestion(prompt, request.answer, { template }));
      const driftPrompt = `${name} is a`;
      const drift = klFactor > 0 ? encoder.tokenize(driftPrompt, { template }).ids : undefined;
      return {
        index,
        request,
        encoded,
        positions: prompts.map((prompt, context) => {
          const before = contexts[context]!.indexOf('{}');
          const { questionLength } = encoded[context]!;
          return locate(prompt, before + subject.start, before + subject.end, questionLength);
        }),
        drift: drift && { ids: drift, position: locate(driftPrompt, 0, name.length, drift.length) },
      };
    });
  });
}
