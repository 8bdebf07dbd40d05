/** Runs a TypeScript program of examples/ or bench/ on the built packages, as somebody who installed them would. */
import { join } from 'node:path';
import { bin, root, run } from './run.mjs';

export function runProgram(file, args = [], options = {}) {
  // tsconfig.base.json has no `paths`, so imports resolve to dist/ and not to source.
  const flags = ['--tsconfig', join(root, 'tsconfig.base.json')];
  return run(bin('tsx'), [...flags, join(root, file), ...args], options);
}
