/** Every examples/NAME/main.ts runs to its end on the built packages. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bin, root, run } from '../lib/run.mjs';

const programs = readdirSync(join(root, 'examples')).filter((name) =>
  existsSync(join(root, 'examples', name, 'main.ts')),
);

// They write their pictures into the folder that they run in.
const folder = mkdtempSync(join(tmpdir(), 'mokus-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

it.each(programs)(
  '%s',
  async (name) => {
    const program = join(root, 'examples', name, 'main.ts');
    const args = ['--tsconfig', join(root, 'tsconfig.base.json'), program];
    const { code, output } = await run(bin('tsx'), args, { cwd: folder, capture: true });
    expect(output.length).toBeGreaterThan(0);
    expect(code, output).toBe(0);
  },
  240_000,
);
