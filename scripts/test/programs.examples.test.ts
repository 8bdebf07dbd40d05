/** Every examples/NAME/main.ts runs to its end on the built packages, prints and draws what it promises. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bin, root, run } from '../lib/run.mjs';

const programs = readdirSync(join(root, 'examples')).filter((name) =>
  existsSync(join(root, 'examples', name, 'main.ts')),
);

/** The edit that the programs show, as console.table prints it: the answer before and after. */
const beethoven = /'piano' +│ 'guitar'/;
const promises: Readonly<Record<string, { readonly prints: RegExp; readonly writes: readonly string[] }>> = {
  'compare-editors': { prints: /modality gap/, writes: ['cells', 'report.html', 'report.json'] },
  demo: { prints: beethoven, writes: ['demo.png'] },
  'edit-a-fact': { prints: beethoven, writes: ['edit-a-fact.png'] },
  'swap-editor': { prints: beethoven, writes: [] },
};

// They write their pictures into the folder that they run in.
const folder = mkdtempSync(join(tmpdir(), 'mokus-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each(programs)(
  '%s',
  async (name) => {
    const program = join(root, 'examples', name, 'main.ts');
    const args = ['--tsconfig', join(root, 'tsconfig.base.json'), program];
    const cwd = join(folder, name);
    mkdirSync(cwd);
    const { code, output } = await run(bin('tsx'), args, { cwd, capture: true });
    expect(code, output).toBe(0);
    const { prints = /./, writes = [] } = promises[name] ?? {};
    expect(output).toMatch(prints);
    expect(readdirSync(cwd).sort()).toEqual(writes);
    const pictures = writes.filter((file) => file.endsWith('.png')).map((file) => readFileSync(join(cwd, file)));
    for (const picture of pictures) expect(picture.subarray(1, 4).toString()).toBe('PNG');
    // Before and after an edit the same prompt and seed show something else.
    expect(new Set(pictures.map((picture) => picture.toString('base64'))).size).toBe(pictures.length);
  },
  240_000,
);
