/** Percentages that the guide repeats stand in the tables that the benches write; UniKE's are its authors'. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../lib/run.mjs';

const guide = join(root, 'docs', 'guide');
const percentages = (text: string): string[] => [...text.matchAll(/\d+\.\d %/g)].map(([figure]) => figure);
const measured = new Set(
  ['README.md', 'docs/editors.md', 'docs/knowcus.md', 'docs/smollm2.md'].flatMap((file) =>
    percentages(readFileSync(join(root, file), 'utf8')),
  ),
);

/** Rows of a Markdown table as cells. */
const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()));

describe.each(readdirSync(guide).filter((file) => file.endsWith('.md')))('%s', (file) => {
  it('repeats what was measured', () => {
    const [theirs = '', ...ours] = readFileSync(join(guide, file), 'utf8').split('Ours, beside it');
    const text = ours.length > 0 ? ours.join() : theirs;
    expect([...measured]).toEqual(expect.arrayContaining(percentages(text)));
  });
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
