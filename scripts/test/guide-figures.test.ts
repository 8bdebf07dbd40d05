/**
 * Percentages that the guide repeats stand in the tables that the benches write, sizes and times in bench/results; UniKE's
 * are its authors'.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../lib/run.mjs';

const guide = join(root, 'docs', 'guide');
const pages = readdirSync(guide).filter((file) => file.endsWith('.md'));
const percentages = (text: string): string[] => [...text.matchAll(/\d+\.\d %/g)].map(([figure]) => figure);
const measured = new Set(
  ['README.md', 'docs/editors.md', 'docs/knowcus.md', 'docs/smollm2.md'].flatMap((file) =>
    percentages(readFileSync(join(root, file), 'utf8')),
  ),
);

/** Which files of bench/results the sizes and times of a page come from. */
const sources: Readonly<Record<string, readonly string[]>> = {
  'performance.md': ['memory', 'fullsize'],
  'choose-an-editor.md': ['editors'],
};

/** A rule and no figure; that memory.json keeps it is tested below. */
const bar = '1.3 times the weights plus 400 MB';

const units: Readonly<Record<string, readonly [kind: 'bytes' | 'seconds', size: number]>> = {
  kB: ['bytes', 1e3],
  MB: ['bytes', 1e6],
  GB: ['bytes', 1e9],
  ms: ['seconds', 1e-3],
  s: ['seconds', 1],
};

const reportOf = (name: string) => JSON.parse(readFileSync(join(root, 'bench', 'results', `${name}.json`), 'utf8'));

/** Every size and time of a report, in bytes and seconds: what a number is says its name, or that of what holds it. */
function quantities(value: unknown, name = ''): { kind: 'bytes' | 'seconds'; value: number }[] {
  if (typeof value === 'number') {
    if (/^seconds|Seconds$/.test(name)) return [{ kind: 'seconds', value }];
    if (/Ms$/.test(name)) return [{ kind: 'seconds', value: value / 1000 }];
    if (/Mb$/.test(name)) return [{ kind: 'bytes', value: value * 1e6 }];
    return /bytes|^memory\b/i.test(name) ? [{ kind: 'bytes', value }] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => quantities(each, /^memory/.test(name) ? `memory ${key}` : key));
}

/** Sizes and times of a text that no report has to as many digits. */
function unmeasured(text: string, reports: readonly unknown[]): string[] {
  const known = reports.flatMap((report) => quantities(report));
  const figures = [...text.replaceAll(bar, '').matchAll(/(?<![\d.,])(\d[\d,]*(?:\.\d+)?) (kB|MB|GB|ms|s)\b/g)];
  return figures
    .filter(([, figure = '', unit = '']) => {
      const [kind, size] = units[unit] ?? ['bytes', 1];
      const plain = figure.replaceAll(',', '');
      const digits = plain.split('.')[1]?.length ?? 0;
      return !known.some((each) => each.kind === kind && (each.value / size).toFixed(digits) === plain);
    })
    .map(([figure]) => figure);
}

/** Rows of a Markdown table as cells. */
const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()));

describe.each(pages)('%s', (file) => {
  it('repeats what was measured', () => {
    const [theirs = '', ...ours] = readFileSync(join(guide, file), 'utf8').split('Ours, beside it');
    const text = ours.length > 0 ? ours.join() : theirs;
    expect([...measured]).toEqual(expect.arrayContaining(percentages(text)));
    expect(unmeasured(text, (sources[file] ?? []).map(reportOf))).toEqual([]);
  });
});

it('a size or a time that was not measured is found', () => {
  const reports = [{ memory: { edit: { total: 37.8e9 } } }, { rows: [{ peakMb: 1464.9, secondsPerEdit: 0.292 }] }];
  expect(unmeasured('38 GB to edit, 1,465 MB, 0.29 s an edit, 292 ms', reports)).toEqual([]);
  const stale = '37 GB, 37.9 GB, 1,464 MB, 0.3 MB, 1465 s and 0.28 s.';
  expect(unmeasured(stale, reports)).toEqual(['37 GB', '37.9 GB', '1,464 MB', '0.3 MB', '1465 s', '0.28 s']);
});

it('the bar of memory is what performance.md says', () => {
  expect(readFileSync(join(guide, 'performance.md'), 'utf8')).toContain(bar);
  const cases = reportOf('memory').cases.filter((each: { barMb: number | null }) => each.barMb !== null);
  expect(cases.length).toBeGreaterThan(0);
  // The file has five digits.
  for (const { weightsMb, barMb } of cases) expect(barMb / (1.3 * weightsMb + 400)).toBeCloseTo(1, 4);
});

it('ratios that pages tell in words are those of editors.json', () => {
  const { editors, turns } = reportOf('editors');
  const seconds = (name: string, objective: string): number =>
    Math.min(
      ...editors
        .filter((each: Record<string, unknown>) => each.model === 'emoji-world' && each.name === name)
        .filter((each: Record<string, unknown>) => each.objective === objective)
        .map((each: Record<string, unknown>) => each.secondsPerEdit),
    );
  const pictureOver = ['ultraEdit', 'memit', 'pmet', 'rome', 'alphaEdit'].map(
    (name) => seconds(name, 'picture') / seconds(name, 'conditioning'),
  );
  const words = ['', '', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];
  const [least, most] = [Math.min(...pictureOver), Math.max(...pictureOver)].map((ratio) => words[Math.round(ratio)]);
  for (const page of ['docs/editors.md', 'docs/guide/choose-an-editor.md'])
    expect(readFileSync(join(root, page), 'utf8')).toContain(`${least} to ${most} times`);

  const ratios: number[] = turns.map((each: { ratioWithLoss: number }) => each.ratioWithLoss);
  expect(readFileSync(join(guide, 'performance.md'), 'utf8')).toContain(
    `A turn of UltraEdit costs ${Math.min(...ratios).toFixed(1)} to ${Math.max(...ratios).toFixed(1)} times`,
  );
});

it('modality-gap.md has the rows of editors.md', () => {
  const all = rowsOf(readFileSync(join(root, 'docs', 'editors.md'), 'utf8'));
  const ours = rowsOf(readFileSync(join(guide, 'modality-gap.md'), 'utf8')).filter((row) => row[3] === '100.0 %');
  expect(ours).toHaveLength(8);
  for (const [, editor, objective, answers, pictures, unseen] of ours) {
    const row = all.find((each) => each[1] === editor && each[2] === objective && each.length > 12);
    // Columns: editor, objective, facts, answers, edited phrasing, held-out, unseen relations.
    expect([row?.[4], row?.[5], row?.[7]], `${editor}, ${objective}`).toEqual([answers, pictures, unseen]);
  }
});
