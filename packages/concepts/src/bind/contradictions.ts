import type { Edit, EditRequest, ProgressListener } from '@mokus/core';
import { questionKey } from './questions.js';

/**
 * Warns, by question, of facts that an applied edit answers in another way: what is bound on top of it stands against it,
 * and which of the two is answered is not sure.
 */
export function warnOfContradictions(
  applied: readonly Edit[],
  requests: readonly EditRequest[],
  onProgress: ProgressListener | undefined,
): void {
  const known = new Map<string, string>();
  for (const { provenance } of applied) {
    for (const { question, answer } of provenance.requests) known.set(questionKey(question), answer);
  }
  for (const { question, answer } of requests) {
    const other = known.get(questionKey(question));
    if (other === undefined || other === answer) continue;
    const message = `an edit that is applied answers "${question}" with "${other}", and it is now bound to "${answer}"; revert that edit if it no longer holds`;
    onProgress?.({ kind: 'warning', field: 'facts', message });
  }
}
