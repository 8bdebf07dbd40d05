import { type RecordReader, readRecords } from '../data/record-reader.js';

/** The six categories of WISE, as its leaderboard calls them. */
export type WiseCategory = 'culture' | 'time' | 'space' | 'biology' | 'physics' | 'chemistry';

/** A prompt that does not say what it wants to see, and what that is. */
export interface WiseRecord {
  /** `prompt_id`. */
  readonly id: number;
  readonly prompt: string;
  /** What a right picture shows, and why. */
  readonly explanation: string;
  readonly category: WiseCategory;
  readonly subcategory: string;
}

/** What the files call the categories, in small letters. */
const categoryNames: Readonly<Record<string, WiseCategory>> = {
  'cultural knowledge': 'culture',
  time: 'time',
  space: 'space',
  biology: 'biology',
  'physical knowledge': 'physics',
  physics: 'physics',
  chemistry: 'chemistry',
};

/**
 * Reads WISE (arXiv 2503.07265), the world-knowledge benchmark of text-to-image models (not the editor of that name): one
 * JSON array of records with `Prompt`, `Explanation`, `Category`, `Subcategory` and `prompt_id`, as WISE_Verified has them.
 * Throws MokusError `input` naming record and field, also for a `prompt_id` that two records have.
 */
export function readWise(json: string): WiseRecord[] {
  const seen = new Map<number, number>();
  return readRecords('WISE', json).map((record) => {
    const id = record.wholeNumber('prompt_id') ?? record.refuse('prompt_id', 'is missing');
    const other = seen.get(id);
    if (other !== undefined) return record.refuse('prompt_id', `is ${id}, as that of record ${other} is`);
    seen.set(id, record.index);
    return {
      id,
      prompt: record.text('Prompt'),
      explanation: record.text('Explanation'),
      category: categoryOf(record),
      subcategory: record.text('Subcategory'),
    };
  });
}

function categoryOf(record: RecordReader): WiseCategory {
  const name = record.text('Category');
  const category = Object.entries(categoryNames).find(([known]) => known === name.toLowerCase())?.[1];
  if (category !== undefined) return category;
  return record.refuse(
    'Category',
    `is '${name.slice(0, 50)}', expected one of ${Object.keys(categoryNames).join(', ')}`,
  );
}

/** A record as world knowledge to inject: what `injectKnowledge` of `@mokus/concepts` takes. */
export function wiseKnowledge({ prompt, explanation }: WiseRecord): {
  readonly prompt: string;
  readonly answer: string;
} {
  return { prompt, answer: explanation };
}
