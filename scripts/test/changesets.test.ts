/** `npm run check` reads every change note as a release would. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { releasePlan } from '../lib/changesets.mjs';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mokus-changesets-'));
  mkdirSync(join(folder, '.changeset'));
  mkdirSync(join(folder, 'packages', 'mokus'), { recursive: true });
  writeFileSync(join(folder, '.changeset', 'config.json'), '{ "baseBranch": "main" }');
  writeFileSync(join(folder, 'package.json'), '{ "name": "workspace", "private": true }');
  writeFileSync(join(folder, 'pnpm-workspace.yaml'), 'packages: [packages/*]\n');
  writeFileSync(join(folder, 'pnpm-lock.yaml'), '');
  writeFileSync(join(folder, 'packages', 'mokus', 'package.json'), '{ "name": "mokus", "version": "0.0.0" }');
});
afterAll(() => rmSync(folder, { recursive: true }));

it('takes those of this repository', async () => {
  const { changesets, releases } = await releasePlan();
  for (const { releases: own } of changesets) expect(own.length).toBeGreaterThan(0);
  expect(releases.map(({ name }) => name)).toContain('mokus');
});

it.each([
  ['good', "---\n'mokus': minor\n---\n\nA change.\n", undefined],
  ['without-head', "'mokus': minor\n", /could not parse changeset/],
  ['other-package', "---\n'@mokus/nothing': minor\n---\n\nA change.\n", /other-package.*@mokus\/nothing/],
])('%s', async (name, content, refused) => {
  const file = join(folder, '.changeset', `${name}.md`);
  writeFileSync(file, content);
  const plan = await releasePlan(folder).then(
    ({ releases }) => releases.map(({ name, newVersion }) => `${name} ${newVersion}`),
    (error: unknown) => String(error),
  );
  rmSync(file);
  if (refused === undefined) expect(plan).toEqual(['mokus 0.1.0']);
  else expect(plan).toMatch(refused);
});
