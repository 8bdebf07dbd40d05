/**
 * The code of the guide. The ts blocks of a page of docs/guide/, one after the other, are one program: it goes to
 * examples/guide-pages/NAME.ts (ignored by git), each line where the page has it, so that a complaint about a line is a
 * complaint about the page's. tsc reads it there, and the examples suite runs it, unless the page says `run: false`: its
 * text blocks are what it prints.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

const guide = join(root, 'docs', 'guide');
const programs = join(root, 'examples', 'guide-pages');

export const programOf = (page) => join(programs, `${page}.ts`);

/** `code`: the lines of its ts blocks, all others empty; `prints`: the lines of its text blocks. */
export function readGuidePage(text) {
  const code = [];
  const prints = [];
  let language;
  for (const line of text.split('\n')) {
    const fence = /^```(.*)$/.exec(line);
    if (fence !== null) language = language === undefined ? fence[1] : undefined;
    code.push(fence === null && language === 'ts' ? line : '');
    if (fence === null && language === 'text') prints.push(line);
  }
  return {
    code: code.join('\n'),
    prints: prints.join('\n'),
    runs: !/^---\n(?:.*\n)*?run: false\n(?:.*\n)*?---\n/.test(text),
  };
}

/** Pages that have code. */
export function guidePages() {
  return readdirSync(guide)
    .filter((file) => file.endsWith('.md'))
    .map((file) => ({ page: file.replace(/\.md$/, ''), ...readGuidePage(readFileSync(join(guide, file), 'utf8')) }))
    .filter(({ code }) => code.trim() !== '');
}

/** Writes every page's program. */
export function writeGuidePrograms() {
  rmSync(programs, { recursive: true, force: true });
  mkdirSync(programs, { recursive: true });
  const pages = guidePages();
  for (const { page, code } of pages) writeFileSync(programOf(page), `${code}\nexport {};\n`);
  return pages;
}
