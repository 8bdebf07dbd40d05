/** Builds every package (ESM and declarations) in the order of their dependencies. */
import { runPnpm } from '../lib/pnpm.mjs';

export default function build() {
  return runPnpm(['--recursive', '--workspace-concurrency=2', '--filter', './packages/*', 'run', 'build']);
}
