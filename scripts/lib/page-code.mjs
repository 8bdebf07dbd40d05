/**
 * The code of the pages: of docs/, of the README files, of CONTRIBUTING.md. The ts blocks of a page, one after the other, are
 * one program: it goes to examples/pages/NAME.ts (ignored by git), each line where the page has it, so that a complaint
 * about a line is a complaint about the page's. tsc reads it there, and the examples suite runs it: its text blocks are
 * what it prints. Comments that no reader sees say the rest:
 *
 *   <!-- ts                              lines of the program up to -->: what the blocks take for granted
 *   <!-- program -->                     the blocks from here on are a program of their own
 *   <!-- program, not run: REASON -->    and one that tsc alone reads
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf, house } from './house.mjs';
import { root } from './run.mjs';

const programs = join(root, 'examples', 'pages');

export const fileOf = (program) => join(programs, `${program}.ts`);

const pagesOf = (folder) =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `${folder}/${file}`);

/** Paths relative to the repository. */
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...pagesOf('docs'),
  ...pagesOf('docs/guide'),
  ...Object.keys(house).map((name) => `${folderOf(name)}/README.md`),
].filter((page) => existsSync(join(root, page)));

/** The programs of a page. `code`: their lines, all others empty; `prints`: the lines of the text blocks among them. */
export function readPage(text) {
  const lines = text.split('\n');
  /** @type {{ code: string[]; prints: string[]; runs: boolean }[]} */
  const found = [];
  const begin = (runs) => found.push({ code: lines.map(() => ''), prints: [], runs });
  begin(true);
  /** What the lines at hand are: of a block its language, of a comment 'hidden'. */
  let inside;
  for (const [at, line] of lines.entries()) {
    const program = found.at(-1);
    const fence = /^```(.*)$/.exec(line);
    if (inside === undefined) {
      if (line === '<!-- ts') inside = 'hidden';
      else if (fence !== null) inside = fence[1];
      else if (/^<!-- program/.test(line)) {
        const [, reason] = /^<!-- program(?:, not run: (.+))? -->$/.exec(line) ?? [undefined, null];
        if (reason === null)
          throw new Error(`line ${at + 1}: write '<!-- program, not run: REASON -->', not '${line}'`);
        begin(reason === undefined);
      }
    } else if (inside === 'hidden' ? line === '-->' : fence !== null) inside = undefined;
    else if (inside === 'hidden' || inside === 'ts') program.code[at] = line;
    else if (inside === 'text') program.prints.push(line);
  }
  return found
    .map(({ code, prints, runs }) => ({ code: code.join('\n'), prints: prints.join('\n'), runs }))
    .filter(({ code }) => code.trim() !== '');
}

/** `README`, `packages-core-README`, `docs-guide-files-2`: the second program of docs/guide/files.md. */
const nameOf = (page, at) => `${page.replace(/\.md$/, '').replaceAll('/', '-')}${at === 0 ? '' : `-${at + 1}`}`;

/** Writes every page's programs; gives them with their names. */
export function writePagePrograms() {
  rmSync(programs, { recursive: true, force: true });
  mkdirSync(programs, { recursive: true });
  return pages.flatMap((page) => {
    const found = readPage(readFileSync(join(root, page), 'utf8'));
    return found.map((each, at) => {
      const program = nameOf(page, at);
      writeFileSync(fileOf(program), `${each.code.trimEnd()}\nexport {};\n`);
      return { program, ...each };
    });
  });
}
