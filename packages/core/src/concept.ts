/** A piece of knowledge in words: a question with its answer, or a sentence that a workflow turns into one. */
export interface Fact {
  readonly question: string;
  readonly answer: string;
  readonly subject?: string | undefined;
}

/** Something that pictures can show: an anchor (a rare token) and the word for its class. */
export interface Concept {
  readonly anchor: string;
  readonly className: string;
  readonly facts: readonly Fact[];
}
