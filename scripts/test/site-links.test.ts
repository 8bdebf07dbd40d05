/** Links of a built site to pages, files and anchors: those that lead nowhere are named. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { findDeadLinks } from '../lib/site-links.mjs';

const site = mkdtempSync(join(tmpdir(), 'mokus-site-'));
afterAll(() => rmSync(site, { recursive: true }));

it('names dead pages, files and anchors, and nothing else', () => {
  const links = (...targets: string[]): string =>
    targets.map((target) => `<a class="x" href="${target}">y</a>`).join('');
  mkdirSync(join(site, 'docs'));
  writeFileSync(join(site, 'data.json'), '{}');
  writeFileSync(
    join(site, 'index.html'),
    links('docs/page.html#there', '/docs/page', 'data.json', 'https://example.org/'),
  );
  writeFileSync(
    join(site, 'docs', 'page.html'),
    `<h2 id="there">t</h2>${links('#there', '#gone', '../', '../data.json', '../lost.json', 'page#away', '/lost')}`,
  );
  expect(findDeadLinks(site)).toEqual([
    'docs/page.html links to #gone',
    'docs/page.html links to ../lost.json',
    'docs/page.html links to page#away',
    'docs/page.html links to /lost',
  ]);
});
