/** The comparison as a program of its own: its table, its reports, and a second run that does nothing again. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Comparison } from '@mokus/bench';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'mokus-compare-'));
afterAll(() => rmSync(folder, { recursive: true }));

const root = fileURLToPath(new URL('../../', import.meta.url));
// tsconfig.base.json has no `paths`: imports resolve to the built packages.
const tsx = [join(root, 'node_modules/tsx/dist/cli.mjs'), '--tsconfig', 'tsconfig.base.json'];
const program = [...tsx, 'examples/compare-editors/main.ts', folder];

async function run(): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, program, { cwd: root });
  return stdout;
}

/** When each finished part was written. */
function written(): Record<string, bigint> {
  const cells = join(folder, 'cells');
  return Object.fromEntries(
    readdirSync(cells).map((name) => [name, statSync(join(cells, name), { bigint: true }).mtimeNs]),
  );
}

it('shows both editors with both objectives, and goes on from what is there', async () => {
  const table = await run();
  expect(table).toMatch(/^editor +UltraEdit +UltraEdit +fine-tuning +fine-tuning$/m);
  expect(table).toMatch(/^reliability( +100\.0 %){4}$/m);
  const { summary }: Comparison = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  expect(summary.map(({ objective, edits, failed }) => [objective, edits, failed])).toEqual([
    ['answer', 2, 0],
    ['conditioning', 2, 0],
    ['answer', 2, 0],
    ['conditioning', 2, 0],
  ]);
  for (const { objective, rates } of summary) {
    if (objective === 'conditioning') expect(rates.pictures.efficacy).toBe(1);
  }
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('data:image/png;base64,');

  const parts = written();
  expect(await run()).toBe(table);
  expect(written()).toEqual(parts);
}, 600_000);
