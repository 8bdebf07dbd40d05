/** `npm run mokus -- COMMAND ...`: the command line, built, in the folder that npm was called from. */
import { join } from 'node:path';
import { ensureBuilt } from '../lib/build.mjs';
import { root, run } from '../lib/run.mjs';

export default async function mokus(args) {
  await ensureBuilt('js');
  const cwd = process.env.INIT_CWD ?? process.cwd();
  return run(process.execPath, [join(root, 'packages', 'mokus', 'dist', 'cli.js'), ...args], { cwd });
}
