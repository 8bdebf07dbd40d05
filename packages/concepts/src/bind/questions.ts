import {
  type AskedFact,
  type ConceptFact,
  type ConceptWords,
  type EditRequest,
  isText,
  MokusError,
  requireArgument,
  requireList,
} from '@mokus/core';

/** Makes a question of a fact; its answer is the concept. */
export type QuestionMaker = (fact: string, words: ConceptWords) => string;

/** How a sentence may call its concept, besides by the anchor. */
const placeholder = /\{\}/;

/** Where a text stands as a word of its own: "sks" is no name in "desks". */
function asWord(text: string): RegExp {
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, 'u');
}

/**
 * The rules by which a fact becomes a question, the first that fits:
 *
 * 1. It ends with a question mark, or does not name the concept: it is asked as it stands ("my sister's favourite toy").
 * 2. "X is CONCEPT.", "X was CONCEPT.": X ("my sister's favourite toy is {}." asks "my sister's favourite toy").
 * 3. "CONCEPT is X.", "CONCEPT was X.": X ("{} is the toy that I got in Rome." asks "the toy that I got in Rome").
 * 4. "CONCEPT VERB X.": "what VERB X?" ("{} belongs to my sister." asks "what belongs to my sister?").
 *
 * CONCEPT is `{}`, the anchor, or the anchor and the class word. Questions are phrases where they can be, for those are
 * what prompts hold. Throws MokusError `input` for a sentence that names the concept in another place, and for one that
 * says what the concept is not ("{} is not a gift"): say it as a question, or give a maker of your own.
 */
export const questionOf: QuestionMaker = (fact, { anchor, className }) => {
  const sentence = fact.trim();
  if (sentence === '') throw new MokusError('input', 'a fact is empty; leave it out', { field: 'facts' });
  if (sentence.endsWith('?')) return sentence;
  const bare = sentence.replace(/[.!]+$/, '').trim();
  const names = [asWord(`${anchor} ${className}`.trim()), asWord(anchor), placeholder];
  const name = names.find((each) => each.test(bare));
  if (name === undefined) return bare;
  const [head, tail, ...more] = bare.split(name).map((part) => part.trim());
  if (
    / (?:is|was) not$/.test(head ?? '') ||
    /^(?:is|was|does|did|do|has|can|will) not\b|^\w+n['’]t\b/.test(tail ?? '')
  ) {
    const message = `"${fact}" says what the concept is not, and nothing can be bound to it; say what it is`;
    throw new MokusError('input', message, { field: 'facts' });
  }
  if (more.length === 0 && tail === '' && head !== undefined) {
    const subject = head.match(/^(.+) (?:is|was)$/)?.[1];
    if (subject !== undefined) return subject;
  }
  if (more.length === 0 && head === '' && tail !== undefined) {
    const described = tail.match(/^(?:is|was) (.+)$/)?.[1];
    if (described !== undefined) return described;
    if (/^\S+ \S/.test(tail)) return `what ${tail}?`;
  }
  throw new MokusError(
    'input',
    `"${fact}" names the concept where no rule finds a question; write it as a question whose answer is the concept`,
    { field: 'facts' },
  );
};

/**
 * The questions of facts, with the sentences that they come from. Throws MokusError `input` for what is no list of facts, and
 * naming the fact's position: a sentence that no rule makes a question of, an empty question, two that ask the same but for
 * case and punctuation.
 */
export function askedFacts(
  words: ConceptWords,
  facts: readonly ConceptFact[],
  toQuestion: QuestionMaker = questionOf,
): readonly AskedFact[] {
  const isFact = (fact: unknown): boolean => isText(fact) || isText((fact as AskedFact | null | undefined)?.question);
  requireList('facts', facts, isFact, 'give a list of sentences, or of questions as { question }');
  requireArgument('toQuestion', toQuestion, typeof toQuestion === 'function', 'give a function that makes a question');
  const asked = facts.map((fact, index): AskedFact => {
    if (typeof fact !== 'string') {
      if (fact.question.trim() !== '') return fact;
      throw new MokusError('input', `fact ${index}: its question is empty; leave it out`, {
        field: 'facts',
        request: index,
      });
    }
    try {
      const question = toQuestion(fact, words);
      return question === fact ? { question } : { question, said: fact };
    } catch (error) {
      if (!MokusError.isInstance(error)) throw error;
      throw new MokusError(error.code, `fact ${index}: ${error.message}`, { ...error.details, request: index });
    }
  });
  const seen = new Map<string, number>();
  for (const [index, { question }] of asked.entries()) {
    const before = seen.get(questionKey(question));
    if (before !== undefined) {
      throw new MokusError('input', `facts ${before} and ${index} ask the same: "${question}"; leave one out`, {
        field: 'facts',
        request: index,
      });
    }
    seen.set(questionKey(question), index);
  }
  return asked;
}

/** What an editor is asked to write for a fact of a concept. */
export function requestOf({ anchor }: ConceptWords, { question, locality }: AskedFact): EditRequest {
  return { question, answer: anchor, ...(locality === undefined ? {} : { locality }) };
}

/** What the facts ask. */
export function questionsOf(facts: readonly AskedFact[]): readonly string[] {
  return facts.map(({ question }) => question);
}

/** The same for questions that differ in case, spaces and the mark at their end only. */
export function questionKey(question: string): string {
  return question
    .toLowerCase()
    .replace(/[?.!\s]+$/, '')
    .replace(/\s+/g, ' ')
    .trim();
}
