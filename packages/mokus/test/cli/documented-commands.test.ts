/** Commands that the documents tell a reader to type are commands that there are. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type CommandDef, parseArgs } from 'citty';
import { describe, expect, it } from 'vitest';
import { mokusCommand } from '../../src/cli/command.js';
import { requireStrict } from '../../src/cli/options.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Markdown files below a folder of the repository: no dependencies, nothing generated. */
function pagesOf(folder: string): string[] {
  return readdirSync(`${root}${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    if (entry.isFile()) return entry.name.endsWith('.md') ? [path] : [];
    if (!entry.isDirectory() || /^(\..*|node_modules|dist|reference|api)$/.test(entry.name)) return [];
    return pagesOf(`${path}/`);
  });
}

const pages = pagesOf('').map((page) => ({ page, text: readFileSync(`${root}${page}`, 'utf8') }));

/** A command with where it stands, as it stands there, and its arguments. */
type Documented = [where: string, args: string[]];

/** What a shell makes of a line: words without their quotes, up to a comment or another command. */
function wordsOf(line: string): string[] {
  const [command = ''] = line.split(/ #| && /);
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => {
    return single ?? double ?? plain ?? '';
  });
}

/** In `pages` all that `pattern` finds of `mokus ARGS`. */
function documented(pattern: RegExp): Documented[] {
  return pages.flatMap(({ page, text }) =>
    [...text.matchAll(pattern)].map(([, line = '']): Documented => [`${page}: mokus ${line}`, wordsOf(line)]),
  );
}

/** Lines of code blocks and indented lines, with whatever stands for `npx mokus`. */
const lines = documented(/^(?: {4})?(?:\$ |npx |npm run )?mokus (?:-- )?(\w.*)$/gm);
/** `mokus compare --hparams` within a sentence: what it is about, not all that it takes. */
const mentions = documented(/(?<!`)`(?:npx |npm run )?mokus (?:-- )?([a-z][^`]*)`/g);

async function commandOf(name: string | undefined): Promise<CommandDef> {
  const commands = mokusCommand.subCommands as Record<string, () => Promise<CommandDef>>;
  const load = commands[name ?? ''];
  if (load === undefined) throw new Error(`there is no command ${name}`);
  return load();
}

/** Throws what `mokus` would refuse before the command's work begins. */
async function requireKnown([name, ...rawArgs]: readonly string[]): Promise<void> {
  const args = (await commandOf(name)).args as Parameters<typeof requireStrict>[1];
  parseArgs(rawArgs, args);
  requireStrict(rawArgs, args);
}

describe('a line that begins with mokus', () => {
  it('is found in the README files and in the guide', () => {
    const files = lines.map(([where]) => where.split(':')[0]);
    const expected = ['README.md', 'CONTRIBUTING.md', 'packages/mokus/README.md', 'docs/guide/concepts.md'];
    expect(files).toEqual(expect.arrayContaining(expected));
  });

  it.each(lines)('%s', async (_, args) => {
    await requireKnown(args);
  });

  it.each([
    ['explode --now', /no command explode/],
    ["generate --prompt 'a lion' --stpes 3", /no option --stpes/],
    ["learn --anchor '<v0>'   # without pictures", /Missing required argument/],
    ['generate --prompt a lion', /'lion' belongs to no option/],
  ])('would not pass as %s', async (line, message) => {
    await expect(requireKnown(wordsOf(line))).rejects.toThrow(message);
  });
});

it.each(mentions)('within a sentence, %s', async (_, [name, ...rest]) => {
  const known = Object.keys((await commandOf(name)).args as object);
  const options = rest.flatMap((word) => /^--([\w-]+)/.exec(word)?.[1] ?? []);
  expect(['help', ...known]).toEqual(expect.arrayContaining(options));
});

it('npm run NAME is a script of package.json', () => {
  const scripts = Object.keys(JSON.parse(readFileSync(`${root}package.json`, 'utf8')).scripts);
  const named = pages.flatMap(({ text }) => [...text.matchAll(/npm run ([\w:-]*\w)/g)].map(([, name = '']) => name));
  expect(named.length).toBeGreaterThan(20);
  // bench:NAME stands for each of them.
  expect(scripts).toEqual(expect.arrayContaining(named.filter((name) => !/[A-Z]/.test(name))));
});
