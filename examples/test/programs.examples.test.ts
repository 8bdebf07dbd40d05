/** Every examples/NAME/main.ts runs to its end on the built packages. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bin, root, run } from '../../scripts/lib/run.mjs';

const programs = readdirSync(join(root, 'examples')).filter((name) =>
  existsSync(join(root, 'examples', name, 'main.ts')),
);

it('finds the programs', () => {
  expect(Array.isArray(programs)).toBe(true);
});

it.each(programs)(
  '%s',
  async (name) => {
    const { code, output } = await run(
      bin('tsx'),
      ['--tsconfig', join(root, 'tsconfig.base.json'), join(root, 'examples', name, 'main.ts')],
      { capture: true },
    );
    expect(output.length, output).toBeGreaterThan(0);
    expect(code, output).toBe(0);
  },
  180_000,
);
