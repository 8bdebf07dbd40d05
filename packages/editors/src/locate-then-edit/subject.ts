import { type EditRequest, MokusError, type PromptTemplate, type TextEncoder } from '@mokus/core';

/** A part of a text, in UTF-16 units. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Where a request's question names its subject: the first time as a whole word, or the first time at all. Throws
 * MokusError `input` naming the request's index for a request without a subject, or with one that its question lacks.
 */
export function findSubject(owner: string, { question, subject }: EditRequest, request: number): TextRange {
  const details = { request, field: 'subject' };
  // Nobody holds a caller in JavaScript to the type.
  if (typeof subject !== 'string' || subject.trim() === '') {
    throw new MokusError(
      'input',
      `request ${request} has no subject: ${owner} edits at the subject's last token; say which words of '${question}' name it (or edit at factToken 'last' with klFactor 0)`,
      details,
    );
  }
  const name = subject.trim();
  let first = -1;
  for (let start = question.indexOf(name); start !== -1; start = question.indexOf(name, start + 1)) {
    if (first === -1) first = start;
    const end = start + name.length;
    if (!isWordPart(question.slice(0, start).at(-1)) && !isWordPart(question[end])) return { start, end };
  }
  if (first === -1) {
    throw new MokusError(
      'input',
      `request ${request}: the subject '${name}' is not in the question '${question}': spell it as the question does`,
      details,
    );
  }
  return { start: first, end: first + name.length };
}

/**
 * The position of the last token of `range` of `prompt`, once the template is around it: found by the tokens' offsets, as
 * tokens of a prefix are not always those of the whole.
 */
export function lastTokenOf(encoder: TextEncoder, prompt: string, range: TextRange, template: PromptTemplate): number {
  const { text, offsets } = encoder.tokenize(prompt, { template });
  const end = promptStart(encoder, prompt, text, template) + range.end;
  return offsets.findLastIndex(([first, last]) => first < end && last > first);
}

/** How much of the template stands before the prompt: the template is what an empty prompt is formatted as. */
function promptStart(encoder: TextEncoder, prompt: string, text: string, template: PromptTemplate): number {
  const around = encoder.tokenize('', { template }).text;
  for (let start = 0; start <= around.length; start++) {
    if (around.slice(0, start) + prompt + around.slice(start) === text) return start;
  }
  throw new MokusError(
    'prompt',
    `the template '${template}' changes the prompt '${prompt}', so its subject cannot be found`,
  );
}

function isWordPart(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}
