/** The README says why for every package of somebody else that a user of Mokus installs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderOf, house } from '../lib/house.mjs';
import { root } from '../lib/run.mjs';

const [, section = ''] = readFileSync(join(root, 'README.md'), 'utf8').split('\n## Why each dependency\n');
const named = section
  .split('\n## ')[0]
  ?.split('\n')
  .flatMap((row) => row.split(' | ')[0]?.replace(/^\| /, '').split(', ') ?? []);

it.each(Object.keys(house))('those of %s', (folder) => {
  const manifest = JSON.parse(readFileSync(join(root, folderOf(folder), 'package.json'), 'utf8'));
  const theirs = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(
    (name) => !name.startsWith('@mokus/'),
  );
  expect(named).toEqual(expect.arrayContaining(theirs));
});
