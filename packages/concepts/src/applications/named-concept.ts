import {
  describeGiven,
  type Edit,
  type EditRequest,
  isText,
  MokusError,
  requireKnown,
  requireList,
  requirePipeline,
  type TextToImagePipeline,
} from '@mokus/core';
import { type BindOptions, knownWhenWriting, requireEditor } from '../bind/knowledge.js';

/** How an application writes: which editor, with which objective, under which template. */
export type ApplicationOptions = Omit<BindOptions, 'toQuestion'>;

/** A concept that prompts name in words, and the prompts that an edit writes to reach it. */
export interface NamedConcept {
  /** What prompts call it. */
  readonly name: string;
  /** Prompts that name it; `{name}` is filled in. Default: {@link defaultNamings}. */
  readonly namings?: readonly string[] | undefined;
  /** Prompts that mean it without these words: facts whose answer it is. Default: none. */
  readonly paraphrases?: readonly string[] | undefined;
  /** Prompts that must stay, such as those of its neighbours: an editor may protect them. Default: none. */
  readonly locality?: readonly string[] | undefined;
}

/** A few wordings: an edit of these carries over to others. */
export const defaultNamings: readonly string[] = ['{name}', 'a {name}', 'what is {name}?', 'a picture of a {name}'];

/**
 * What an editor is asked to write so that all prompts of a concept have one answer, which is the member `answeredBy`.
 * Throws MokusError `input` naming the member of the concept that is unknown, of another kind or blank, does not hold
 * `{name}`, or stands twice.
 */
export function requestsOf<Member extends string>(
  owner: string,
  concept: NamedConcept & Readonly<Record<Member, string>>,
  answeredBy: Member,
): readonly EditRequest[] {
  const members: Readonly<Record<keyof NamedConcept, 0>> = { name: 0, namings: 0, paraphrases: 0, locality: 0 };
  // Callers without types misspell one.
  requireKnown(owner, concept, { ...members, [answeredBy]: 0 });
  const { name, namings = defaultNamings, paraphrases = [], locality } = concept;
  const answer: string = concept[answeredBy];
  requireText(owner, answeredBy, answer);
  requireText(owner, 'name', name);
  requireList('namings', namings, isText, 'give a list of prompts that hold {name}');
  requireList('paraphrases', paraphrases, isText, 'give a list of prompts');
  namings.forEach((naming, index) => {
    if (naming.includes('{name}')) return;
    throw new MokusError(
      'input',
      `${owner}: namings[${index}] "${naming}" does not hold {name}, which the name is filled in for`,
      { field: 'namings' },
    );
  });
  paraphrases.forEach((paraphrase, index) => {
    requireText(owner, `paraphrases[${index}]`, paraphrase);
  });
  const questions = [...namings.map((naming) => naming.replaceAll('{name}', () => name)), ...paraphrases];
  if (questions.length === 0) {
    throw new MokusError('input', `${owner}: there is no prompt of ${name}: give namings or paraphrases`, {
      field: 'namings',
    });
  }
  const twice = questions.find((question, index) => questions.indexOf(question) !== index);
  if (twice !== undefined) {
    throw new MokusError(
      'input',
      `${owner}: the prompt "${twice}" stands twice among namings and paraphrases; leave one out`,
      {
        field: 'paraphrases',
      },
    );
  }
  return questions.map((question) => ({ question, answer, ...(locality && { locality }) }));
}

/** Throws MokusError `input` naming the field. */
export function requireText(owner: string, field: string, text: string): void {
  if (isText(text) && text.trim() !== '') return;
  const found = isText(text) ? 'empty' : describeGiven(text);
  throw new MokusError('input', `${owner}: ${field} is ${found}; say it in words`, { field });
}

/** Writes all requests in one edit. The pipeline is not changed. */
export async function write(
  owner: string,
  pipeline: TextToImagePipeline,
  requests: readonly EditRequest[],
  options: ApplicationOptions,
): Promise<Edit> {
  requirePipeline(pipeline);
  requireKnown(owner, options, knownWhenWriting);
  const { editor, ...editOptions } = options;
  requireEditor(editor);
  return editor.edit(pipeline.components.textEncoder, requests, editOptions);
}
