import type { EditRequest, PromptTemplate, TextEncoder } from '@mokus/core';
import type { RetentionEditor } from './retention-editor.js';

/** What remains after so many edits; rates in [0, 1]. */
export interface Retained {
  /** Held-out phrasings of edited facts that show the new answer; null for a model without pictures, as the next two. */
  readonly newPicture: number | null;
  /** Facts that were not edited, in held-out phrasings, and names, drawn right; null where every fact is edited. */
  readonly uneditedFacts: number | null;
  readonly names: number | null;
  /** Edited questions answered with the new answer, teacher-forced. */
  readonly reliability: number;
  /** Other prompts after which the most likely token is what it was on the unedited model. */
  readonly locality: number;
}

/** A model with facts to edit and a way to see what remains: what a retention curve is drawn of. */
export interface RetentionSubject {
  readonly name: string;
  /** Says all that results depend on beside the editor: the model, the facts, what is probed. */
  readonly fingerprint: string;
  readonly encoder: TextEncoder;
  /** Of edits and of C. Default: 'pipeline'. */
  readonly template?: PromptTemplate | undefined;
  /** In the order in which they are measured. */
  readonly editors: Readonly<Record<string, RetentionEditor>>;
  /** In the order in which they are edited; all of them are edited for the last point. */
  readonly requests: readonly EditRequest[];
  /** The same facts in the same order, in other words than those that they are edited and measured in. */
  readonly reworded: readonly EditRequest[];
  /** Facts that none of them changes, with their answers, in words that none is measured in. */
  readonly kept: readonly EditRequest[];
  readonly sequentialCounts: readonly number[];
  readonly jointCounts: readonly number[];
  /** Prompts for C: those of the names alone, and with questions of every kind. */
  readonly corpora: { readonly names: readonly string[]; readonly questions: readonly string[] };
  /** With the first `edits` requests edited. */
  measure(edits: number): Promise<Retained>;
  dispose(): Promise<void>;
}
