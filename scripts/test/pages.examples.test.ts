/** The code blocks of each page run, one after the other, on the built packages, and print what the page says. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fileOf, readPage, writePagePrograms } from '../lib/page-code.mjs';
import { bin, root, run } from '../lib/run.mjs';

const programs: readonly { program: string; prints: string; runs: boolean }[] = writePagePrograms();
const folder = mkdtempSync(join(tmpdir(), 'mokus-pages-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each(programs.filter(({ runs }) => runs).map(({ program, prints }) => [program, prints]))(
  '%s',
  async (program, prints) => {
    const cwd = join(folder, program);
    mkdirSync(cwd);
    const args = ['--tsconfig', join(root, 'tsconfig.base.json'), fileOf(program)];
    const { code, output } = await run(bin('tsx'), args, { cwd, capture: true });
    expect(code, output).toBe(0);
    expect(output.trimEnd()).toBe(prints);
  },
  240_000,
);

it('edits a fact in ten lines, on the first page', () => {
  const [first] = readPage(readFileSync(join(root, 'README.md'), 'utf8'));
  expect(first?.code.split('\n').filter((line) => line !== '')).toHaveLength(10);
});

it('keeps code on its line, and apart from what it prints', () => {
  const page = 'A page.\n\n```ts\nconst a = 1;\n```\n\nprints\n\n```text\n1\n```\n\n```sh\nls\n```\n';
  expect(readPage(page)).toEqual([{ code: `\n\n\nconst a = 1;${'\n'.repeat(12)}`, prints: '1', runs: true }]);
});

it('takes lines that a page does not show, and tells its programs apart', () => {
  const page =
    '<!-- ts\na;\n-->\n```ts\nb;\n```\n<!-- program, not run: no GPU -->\n```ts\nc;\n```\n<!-- program -->\n```ts\nd;\n```';
  const found = readPage(page).map(({ code, runs }) => [code.split('\n').filter((line) => line !== ''), runs]);
  expect(found).toEqual([
    [['a;', 'b;'], true],
    [['c;'], false],
    [['d;'], true],
  ]);
  expect(() => readPage('<!-- program, not run -->')).toThrow("line 1: write '<!-- program, not run: REASON -->'");
});
