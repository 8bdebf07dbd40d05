import type { EditCase } from './edit-case.js';
import { type RecordReader, readRecords } from './record-reader.js';

/** One counterfactual edit, whichever shape the file has. */
export interface CounterFactRecord {
  /** The data set's own, or the position in the file. */
  readonly caseId: string;
  readonly subject: string;
  /** Ends where the answer begins. */
  readonly prompt: string;
  readonly targetNew: string;
  readonly targetTrue: string;
  readonly paraphrasePrompts: readonly string[];
  /** Prompts about other subjects, each with its right answer. */
  readonly neighborhoodPrompts: readonly { readonly prompt: string; readonly answer: string }[];
  readonly generationPrompts: readonly string[];
}

/**
 * Reads CounterFact in its own shape (`requested_rewrite` with a `prompt` that holds {}, `paraphrase_prompts`,
 * `neighborhood_prompts`, `generation_prompts`) or EasyEdit's (`prompt`, `target_new`, `ground_truth`,
 * `rephrase_prompt`, `locality_prompt`, `locality_ground_truth`). Throws MokusError `input` naming record and field.
 */
export function readCounterFact(json: string): CounterFactRecord[] {
  return readRecords('CounterFact', json).map((record) =>
    record.has('requested_rewrite') ? fromRewrite(record) : fromFlat(record),
  );
}

/** The prompt as question, the neighbourhood as neighbours: nothing of it is protected. */
export function counterFactCase(record: CounterFactRecord): EditCase {
  const { caseId, subject, prompt, targetNew, targetTrue } = record;
  return {
    id: caseId,
    request: { question: prompt, answer: targetNew, subject, paraphrases: record.paraphrasePrompts },
    oldAnswer: targetTrue,
    neighbours: record.neighborhoodPrompts.map(({ prompt: question, answer }) => ({ question, answer })),
    generation: record.generationPrompts.length > 0 ? record.generationPrompts : undefined,
  };
}

function fromRewrite(record: RecordReader): CounterFactRecord {
  const rewrite = record.child('requested_rewrite');
  const subject = rewrite.text('subject');
  const pattern = rewrite.text('prompt');
  if (!pattern.includes('{}')) rewrite.refuse('prompt', 'has no {} for the subject');
  const targetTrue = rewrite.child('target_true').text('str');
  return {
    caseId: caseIdOf(record),
    subject,
    prompt: pattern.replace('{}', () => subject),
    targetNew: rewrite.child('target_new').text('str'),
    targetTrue,
    paraphrasePrompts: record.texts('paraphrase_prompts'),
    neighborhoodPrompts: record.texts('neighborhood_prompts').map((prompt) => ({ prompt, answer: targetTrue })),
    generationPrompts: record.texts('generation_prompts'),
  };
}

function fromFlat(record: RecordReader): CounterFactRecord {
  const rephrased = record.optionalText('rephrase_prompt');
  const neighbour = record.optionalText('locality_prompt');
  return {
    caseId: caseIdOf(record),
    subject: record.text('subject'),
    prompt: record.text('prompt'),
    targetNew: record.text('target_new'),
    targetTrue: record.text('ground_truth'),
    paraphrasePrompts: rephrased === undefined ? [] : [rephrased],
    neighborhoodPrompts:
      neighbour === undefined ? [] : [{ prompt: neighbour, answer: record.text('locality_ground_truth') }],
    generationPrompts: [],
  };
}

function caseIdOf(record: RecordReader): string {
  return record.wholeNumber('case_id')?.toString() ?? String(record.index);
}
