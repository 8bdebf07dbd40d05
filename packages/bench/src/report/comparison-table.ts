import type { Comparison } from '../compare/comparison.js';
import { retentionTable, summaryTable, type TextTable } from './columns.js';

/** A comparison for a console: a line for each editor with each objective, then one for each number of edits. */
export function comparisonTable(comparison: Pick<Comparison, 'summary' | 'retention'>): string {
  const tables = [summaryTable(comparison), retentionTable(comparison)];
  return tables
    .filter((table) => table.length > 1)
    .map(aligned)
    .join('\n\n');
}

/** The table with a row for each column where it is wide: a console has few columns and many lines. */
export function aligned(table: TextTable): string {
  const columns = table[0]!.map((_, column) => table.map((row) => row[column]!));
  const across = Math.max(...columns.map((cells) => Math.max(...cells.map((cell) => cell.length))));
  const isWide = columns.length > table.length && columns.length * (across + 2) > 120;
  const rows = isWide ? columns : table;
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
