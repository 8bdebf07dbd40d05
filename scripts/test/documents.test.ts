/** What documents list is what there is. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifestOf } from '../lib/entry-points.mjs';
import { folderOf, house } from '../lib/house.mjs';
import { root } from '../lib/run.mjs';

const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');
const readme = read('README.md');

describe('the README says why for every package of somebody else that a user of Mokus installs', () => {
  const [, section = ''] = readme.split('\n## Why each dependency\n');
  const named = section
    .split('\n## ')[0]
    ?.split('\n')
    .flatMap((row) => row.split(' | ')[0]?.replace(/^\| /, '').split(', ') ?? []);

  it.each(Object.keys(house))('those of %s', (folder) => {
    const manifest = manifestOf(join(root, folderOf(folder)));
    const theirs = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(
      (name) => !name.startsWith('@mokus/'),
    );
    expect(named).toEqual(expect.arrayContaining(theirs));
  });
});

it('the README links to each package', () => {
  const linked = [...readme.matchAll(/\]\((packages\/[\w-]+)\)/g)].map(([, folder]) => folder);
  expect(linked).toEqual(expect.arrayContaining(Object.keys(house).map(folderOf)));
});

it.each([
  ['examples', (name: string) => existsSync(join(root, 'examples', name, 'main.ts'))],
  ['tools', () => true],
])('%s/README.md links to each of them', (folder, isListed) => {
  const linked = [...read(folder, 'README.md').matchAll(/\]\(([\w.-]+)/g)].map(([, name]) => name);
  const there = readdirSync(join(root, folder)).filter((name) => !/^(README.md|__pycache__)$/.test(name));
  expect(linked).toEqual(expect.arrayContaining(there.filter(isListed)));
});

it('performance.md says how to read each bench', () => {
  const benches = Object.keys(manifestOf(root).scripts).filter((name) => /^bench:|^soak$/.test(name));
  const rows = [...read('docs', 'guide', 'performance.md').matchAll(/^\| `([\w:]+)` \|/gm)].map(([, name]) => name);
  expect(rows.sort()).toEqual(benches.sort());
});

it('the tests that SECURITY.md names are there', () => {
  const tests = Object.keys(house)
    .map((folder) => join(root, folderOf(folder), 'test'))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((file) => basename(String(file))));
  const named = [...read('SECURITY.md').matchAll(/`([\w-]+\.test\.ts)`/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(0);
  expect(tests).toEqual(expect.arrayContaining(named));
});
