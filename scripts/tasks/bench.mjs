/** `npm run bench:NAME`: bench/NAME.ts on the built packages; it writes bench/results/NAME.json. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from '../lib/build.mjs';
import { runProgram } from '../lib/program.mjs';
import { root } from '../lib/run.mjs';

export default async function bench([name, ...args]) {
  const file = `bench/${name}.ts`;
  if (name === undefined || !existsSync(join(root, file))) {
    const known = readdirSync(join(root, 'bench')).filter((entry) => entry.endsWith('.ts'));
    throw new Error(
      `no bench '${name}' (${file}); there are: ${known.map((entry) => entry.slice(0, -3)).join(', ') || 'none yet'}`,
    );
  }
  await ensureBuilt('js');
  return runProgram(file, args);
}
