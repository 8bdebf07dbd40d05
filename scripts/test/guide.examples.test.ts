/** The code blocks of each page of the guide run, one after the other, on the built packages, and print what the page says. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { programOf, readGuidePage, writeGuidePrograms } from '../lib/guide-code.mjs';
import { bin, root, run } from '../lib/run.mjs';

const pages: readonly { page: string; prints: string; runs: boolean }[] = writeGuidePrograms();
const folder = mkdtempSync(join(tmpdir(), 'mokus-guide-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each(pages.filter(({ runs }) => runs).map(({ page, prints }) => [page, prints]))(
  '%s',
  async (page, prints) => {
    const args = ['--tsconfig', join(root, 'tsconfig.base.json'), programOf(page)];
    const { code, output } = await run(bin('tsx'), args, { cwd: folder, capture: true });
    expect(code, output).toBe(0);
    expect(output.trimEnd()).toBe(prints);
  },
  240_000,
);

it('keeps code on its line, and apart from what it prints', () => {
  const page = 'A page.\n\n```ts\nconst a = 1;\n```\n\nprints\n\n```text\n1\n```\n\n```sh\nls\n```\n';
  expect(readGuidePage(page)).toEqual({ code: `\n\n\nconst a = 1;${'\n'.repeat(12)}`, prints: '1', runs: true });
  expect(readGuidePage(`---\ntitle: x\nrun: false\n---\n${page}`).runs).toBe(false);
});
