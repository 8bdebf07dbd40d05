/** `npm run demo`: examples/demo on the built packages. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from '../lib/build.mjs';
import { runProgram } from '../lib/program.mjs';
import { root } from '../lib/run.mjs';

const file = 'examples/demo/main.ts';

export default async function demo(args) {
  if (!existsSync(join(root, file))) throw new Error(`${file} is not written yet`);
  await ensureBuilt('js');
  return runProgram(file, args);
}
