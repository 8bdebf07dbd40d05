import type { AnsweredProbe, EditCase } from './edit-case.js';
import { readRecords } from './record-reader.js';

/** One question of ZsRE with a new answer. */
export interface ZsreRecord {
  readonly index: number;
  readonly subject: string;
  readonly question: string;
  readonly rephrased: string | undefined;
  /** The answer to write. */
  readonly alternative: string;
  /** Right answers before. */
  readonly answers: readonly string[];
  /** An unrelated question of Natural Questions. */
  readonly locality: AnsweredProbe | undefined;
  /** A question that the new answer decides. */
  readonly portability: AnsweredProbe | undefined;
}

/**
 * Reads ZsRE in MEND's and EasyEdit's shape: `subject`, `src`, `rephrase`, `alt`, `answers`, `loc`, `loc_ans`, and
 * `portability` with `New Question` and `New Answer`. A record whose `alt` is an empty text has nothing to write and is
 * left out: files that are handed around hold some. Throws MokusError `input` naming record and field.
 */
export function readZsre(json: string): ZsreRecord[] {
  const records = readRecords('ZsRE', json).filter((record) => !record.isBlank('alt'));
  return records.map((record) => {
    const locality = record.optionalText('loc');
    const follows = record.has('portability') ? record.child('portability') : undefined;
    return {
      index: record.index,
      subject: record.text('subject'),
      question: record.text('src'),
      rephrased: record.optionalText('rephrase'),
      alternative: record.text('alt'),
      answers: record.texts('answers'),
      locality: locality === undefined ? undefined : { question: locality, answer: record.text('loc_ans') },
      portability: follows && { question: follows.text('New Question'), answer: follows.text('New Answer') },
    };
  });
}

export function zsreCase(record: ZsreRecord): EditCase {
  const { index, subject, question, rephrased, alternative, answers, locality, portability } = record;
  return {
    id: String(index),
    request: { question, answer: alternative, subject, paraphrases: rephrased === undefined ? [] : [rephrased] },
    oldAnswer: answers[0],
    unrelated: locality === undefined ? [] : [locality],
    portability: portability === undefined ? [] : [portability],
  };
}
