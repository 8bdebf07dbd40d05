/** Every examples/NAME/main.ts runs to its end on the built packages, prints and draws what it promises. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { relations } from '@mokus/emoji-world';
import { afterAll, expect, it } from 'vitest';
import { bin, root, run } from '../../scripts/lib/run.mjs';

const programs = readdirSync(join(root, 'examples')).filter((name) =>
  existsSync(join(root, 'examples', name, 'main.ts')),
);

/** The edit that the programs show, as console.table prints it: the answer before and after. */
const beethoven = /'piano' +│ 'guitar'/;

interface ProgramPromise {
  readonly prints: RegExp;
  readonly writes: readonly string[];
  readonly holds?: (output: string) => void;
}
const promises: Readonly<Record<string, ProgramPromise>> = {
  'compare-editors': { prints: /modality gap/, writes: ['cells', 'report.html', 'report.json'] },
  demo: { prints: beethoven, writes: ['demo.png'] },
  'edit-a-fact': { prints: beethoven, writes: ['edit-a-fact.png'], holds: holdsSixFacts },
  'create-concept': { prints: /'draw a zorblax' .*'penguin'/, writes: ['create-concept.png'] },
  'erase-concept': { prints: /'draw a lion' .*'lion' +│ 'cactus'/, writes: ['erase-concept.png'] },
  'inject-knowledge': { prints: /elton john' .*'piano'/, writes: ['inject-knowledge.png'] },
  'own-backend': { prints: /cpu +│ 'piano' +│\n│ float32 +│ 'piano'/, writes: [] },
  'own-editor': { prints: beethoven, writes: [] },
  'own-model': { prints: /latents of \[1, 16, 8, 8\] by 2 known codecs/, writes: ['own-model.png'] },
  'swap-editor': { prints: beethoven, writes: [] },
};

/** Six facts of different relations, two of which the image model never saw, each changed to another answer of its own. */
function holdsSixFacts(output: string): void {
  const rows = [...output.matchAll(/│ '([^']+)' +│ '([^']*)' +│ '([^']*)' +│ \d+ +│/g)];
  const changed = rows.flatMap(([, question = '', before, after]) =>
    relations.filter(
      ({ phrasings, facts }) =>
        facts.some(({ subject, answer }) => answer === before && phrasings.includes(question.replace(subject, '{}'))) &&
        facts.some(({ answer }) => answer === after && after !== before),
    ),
  );
  expect(new Set(changed).size, output).toBe(6);
  expect(changed.filter(({ seenByImageModel }) => !seenByImageModel)).toHaveLength(2);
}

it('examples/edit-a-fact has fewer than 60 lines', () => {
  const program = readFileSync(join(root, 'examples', 'edit-a-fact', 'main.ts'), 'utf8');
  expect(program.trimEnd().split('\n').length).toBeLessThan(60);
});

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
    const { prints = /./, writes = [], holds } = promises[name] ?? {};
    expect(output).toMatch(prints);
    expect(readdirSync(cwd).sort()).toEqual(writes);
    const pictures = writes.filter((file) => file.endsWith('.png')).map((file) => readFileSync(join(cwd, file)));
    for (const picture of pictures) expect(picture.subarray(1, 4).toString()).toBe('PNG');
    holds?.(output);
    // Before and after an edit the same prompt and seed show something else.
    expect(new Set(pictures.map((picture) => picture.toString('base64'))).size).toBe(pictures.length);
  },
  240_000,
);
