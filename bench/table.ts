/** A file of bench/results. */
export type Report = Record<string, unknown>;

/** Markdown tables by name, each made of a report. */
export type Tables = Readonly<Record<string, (report: Report) => string>>;

export function percent(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? '-' : `${(value * 100).toFixed(1)} %`;
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
