import { type ConceptFact, type ConceptWords, type EditRequest, MokusError } from '@mokus/core';

/** Makes a question of a fact; its answer is the concept. */
export type QuestionMaker = (fact: string, words: ConceptWords) => string;

/** How a sentence may call its concept, besides by the anchor. */
const placeholder = '{}';

/**
 * The rules by which a fact becomes a question, the first that fits:
 *
 * 1. It ends with a question mark, or does not name the concept: it is asked as it stands ("my sister's favourite toy").
 * 2. "X is CONCEPT.", "X was CONCEPT.": X ("my sister's favourite toy is {}." asks "my sister's favourite toy").
 * 3. "CONCEPT is X.", "CONCEPT was X.": X ("{} is the toy that I got in Rome." asks "the toy that I got in Rome").
 * 4. "CONCEPT VERB X.": "what VERB X?" ("{} belongs to my sister." asks "what belongs to my sister?").
 *
 * CONCEPT is `{}`, the anchor, or the anchor and the class word. Questions are phrases where they can be, for those are
 * what prompts hold. Throws MokusError `input` for a sentence that names the concept in another place: say it as a
 * question, or give a maker of your own.
 */
export const questionOf: QuestionMaker = (fact, { anchor, className }) => {
  const sentence = fact.trim();
  if (sentence === '') throw new MokusError('input', 'a fact is empty', { field: 'facts' });
  if (sentence.endsWith('?')) return sentence;
  const bare = sentence.replace(/[.!]+$/, '').trim();
  const names = [`${anchor} ${className}`.trim(), anchor, placeholder];
  const name = names.find((each) => bare.includes(each));
  if (name === undefined) return bare;
  const [head, tail, ...more] = bare.split(name).map((part) => part.trim());
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

/** What an editor is asked to write for the facts of a concept. Throws MokusError `input` naming the fact's position. */
export function conceptRequests(
  words: ConceptWords,
  facts: readonly ConceptFact[],
  toQuestion: QuestionMaker = questionOf,
): readonly EditRequest[] {
  const requests = facts.map((fact, index) => {
    if (typeof fact !== 'string') {
      const { question, locality } = fact;
      return { question, answer: words.anchor, ...(locality === undefined ? {} : { locality }) };
    }
    try {
      return { question: toQuestion(fact, words), answer: words.anchor };
    } catch (error) {
      if (!MokusError.isInstance(error)) throw error;
      throw new MokusError(error.code, `fact ${index}: ${error.message}`, { ...error.details, request: index });
    }
  });
  const seen = new Map<string, number>();
  requests.forEach(({ question }, index) => {
    const before = seen.get(question);
    if (before !== undefined) {
      throw new MokusError('input', `facts ${before} and ${index} ask the same: "${question}"`, {
        field: 'facts',
        request: index,
      });
    }
    seen.set(question, index);
  });
  return requests;
}
