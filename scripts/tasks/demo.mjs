/** `npm run demo`: examples/demo on the built packages. */
import { ensureBuilt } from '../lib/build.mjs';
import { runProgram } from '../lib/program.mjs';

export default async function demo(args) {
  await ensureBuilt('js');
  return runProgram('examples/demo/main.ts', args);
}
