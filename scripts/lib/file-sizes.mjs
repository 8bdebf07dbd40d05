/** How many lines the files of this repository have: CONTRIBUTING.md promises few. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

/** What no file is longer than, and what half of them are not. */
export const lineLimits = { longest: 400, median: 150 };

const folders = ['packages', 'bench', 'examples', 'scripts', 'tools', 'docs/.vitepress'];
/** Not written by hand, or written by somebody else: by path, as a folder of sources may be called data too. */
const left = [
  /\/(node_modules|dist|fixtures|\.[^/]*)$/,
  /^packages\/emoji-world\/(data|model)$/,
  /^(bench\/results|examples\/pages|docs\/\.vitepress\/cache)$/,
];
const isSource = (name) => /\.(ts|mts|mjs|js|py|css|html)$/.test(name);

function* sourcesIn(folder) {
  for (const name of readdirSync(join(root, folder))) {
    const file = `${folder}/${name}`;
    if (left.some((each) => each.test(file))) continue;
    if (statSync(join(root, file)).isDirectory()) yield* sourcesIn(file);
    else if (isSource(name)) yield [file, readFileSync(join(root, file), 'utf8').trimEnd().split('\n').length];
  }
}

/** Lines by file, of all that is written by hand. */
export const lineCounts = () =>
  new Map(folders.filter((name) => existsSync(join(root, name))).flatMap((name) => [...sourcesIn(name)]));

/** What is too long, as lines to print. */
export function findLongFiles(counts) {
  const sorted = [...counts].sort(([, a], [, b]) => a - b);
  const [, median = 0] = sorted[Math.floor(sorted.length / 2)] ?? [];
  const problems = sorted
    .filter(([, lines]) => lines > lineLimits.longest)
    .map(([file, lines]) => `${file} has ${lines} lines, and may have ${lineLimits.longest}: divide it by purpose`);
  if (median > lineLimits.median)
    problems.push(`half of the files have more than ${median} lines; the limit is ${lineLimits.median}`);
  return problems;
}
