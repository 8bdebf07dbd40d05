import type { Comparison, RetentionCell, VariantSummary } from '../compare/comparison.js';

/** What a table shows of a row. */
export interface Column<Row> {
  readonly head: string;
  readonly of: (row: Row) => string;
}

/** What stands where nothing was measured. */
const nothing = '-';

export function percent(value: number | undefined): string {
  return value === undefined ? nothing : `${(100 * value).toFixed(1)} %`;
}

function fixed(value: number | undefined, digits: number): string {
  return value === undefined ? nothing : value.toFixed(digits);
}

function bytes(value: number | undefined): string {
  return value === undefined ? nothing : `${(value / 1000).toFixed(1)} kB`;
}

const rateColumns: readonly Column<Pick<VariantSummary, 'rates'>>[] = [
  { head: 'reliability', of: ({ rates }) => percent(rates.reliability) },
  { head: 'generalization', of: ({ rates }) => percent(rates.generalization) },
  { head: 'locality', of: ({ rates }) => percent(rates.locality) },
  { head: 'portability', of: ({ rates }) => percent(rates.portability) },
  { head: 'CounterFact score', of: ({ rates }) => percent(rates.counterFact.score) },
  { head: 'fluency', of: ({ rates }) => fixed(rates.fluency, 2) },
  { head: 'text efficacy', of: ({ rates }) => percent(rates.textEfficacy) },
  { head: 'picture efficacy', of: ({ rates }) => percent(rates.pictures.efficacy) },
  { head: 'paraphrased pictures', of: ({ rates }) => percent(rates.pictures.paraphrase) },
  { head: 'pictures kept', of: ({ rates }) => percent(rates.pictures.locality) },
  { head: 'recalled text names it', of: ({ rates }) => percent(rates.pictures.recalled) },
  { head: 'modality gap', of: ({ rates }) => percent(rates.modalityGap) },
];

const summaryColumns: readonly Column<VariantSummary>[] = [
  { head: 'editor', of: ({ editor }) => editor },
  { head: 'objective', of: ({ objective }) => objective },
  { head: 'edits', of: ({ edits }) => String(edits) },
  { head: 'failed', of: ({ failed }) => (failed === 0 ? nothing : String(failed)) },
  ...rateColumns,
  { head: 'cosine to new', of: ({ state }) => fixed(state.after.toNew, 3) },
  { head: 'cosine to old', of: ({ state }) => fixed(state.after.toOld, 3) },
  { head: 'velocity error', of: ({ velocityError }) => fixed(velocityError.after, 4) },
  { head: 'velocity error before', of: ({ velocityError }) => fixed(velocityError.before, 4) },
  { head: 'seconds per edit', of: ({ secondsPerEdit }) => fixed(secondsPerEdit, 3) },
  { head: 'edit size', of: ({ editBytes }) => bytes(editBytes) },
];

const retentionColumns: readonly Column<RetentionCell>[] = [
  { head: 'editor', of: ({ editor }) => editor },
  { head: 'objective', of: ({ objective }) => objective },
  { head: 'mode', of: ({ mode }) => mode },
  { head: 'edits', of: ({ edits }) => String(edits) },
  { head: 'failed', of: ({ failed }) => (failed === 0 ? nothing : String(failed)) },
  ...rateColumns,
  { head: 'seconds per edit', of: ({ secondsPerEdit }) => fixed(secondsPerEdit, 3) },
];

/** A table's head and rows, without the columns in which nothing was measured. */
export type TextTable = readonly (readonly string[])[];

export function summaryTable({ summary }: Pick<Comparison, 'summary'>): TextTable {
  return filled(summaryColumns, summary);
}

export function retentionTable({ retention }: Pick<Comparison, 'retention'>): TextTable {
  return filled(retentionColumns, retention);
}

function filled<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): TextTable {
  const used = columns.filter(({ of }) => rows.some((row) => of(row) !== nothing));
  return [used.map(({ head }) => head), ...rows.map((row) => used.map(({ of }) => of(row)))];
}
