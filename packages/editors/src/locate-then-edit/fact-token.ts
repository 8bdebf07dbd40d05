import { requireChoice } from '@mokus/core';
import type { PromptRows } from '../statistics/prompt-batches.js';

/** The last token of the subject, or the last of the formatted prompt, whose logits predict the answer. */
export type FactToken = 'subjectLast' | 'last';

const factTokens: readonly string[] = ['subjectLast', 'last'] satisfies FactToken[];

/** Throws MokusError `input` for a value that callers without types may pass. */
export function requireFactToken(owner: string, factToken: FactToken): void {
  requireChoice(owner, 'factToken', factToken, factTokens);
}

/** The rows of general and of protected prompts that are like the fact token's. */
export function rowsLike(factToken: FactToken): PromptRows {
  return factToken === 'last' ? 'answer' : 'all';
}
