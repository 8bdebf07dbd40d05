/** `npm run bench:NAME`: bench/NAME/main.ts on the built packages; it writes bench/results/NAME.json. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from '../lib/build.mjs';
import { runProgram } from '../lib/program.mjs';
import { root } from '../lib/run.mjs';

const programOf = (name) => `bench/${name}/main.ts`;
const exists = (name) => existsSync(join(root, programOf(name)));

export default async function bench([name, ...args]) {
  if (name === undefined || !exists(name)) {
    const known = readdirSync(join(root, 'bench')).filter(exists);
    throw new Error(`no bench '${name}' (${programOf(name)}); there are: ${known.join(', ')}`);
  }
  await ensureBuilt('js');
  return runProgram(programOf(name), args);
}
