/** `npm run soak`: bench/soak/main.ts, from source, as tests run. */
import { join } from 'node:path';
import { bin, root, run } from '../lib/run.mjs';

export default function soak(args) {
  return run(bin('tsx'), ['--tsconfig', join(root, 'tsconfig.json'), join(root, 'bench/soak/main.ts'), ...args]);
}
