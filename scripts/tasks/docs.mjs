/**
 * `npm run docs`: the site of README files, docs/ and the API reference into docs/.vitepress/dist; a dead link is an error.
 *
 *   npm run docs -- --dev    serves it while it is written
 */
import { join } from 'node:path';
import { writeApiReference } from '../lib/api-reference.mjs';
import { bin, root, run, runQuietly } from '../lib/run.mjs';
import { findDeadLinks } from '../lib/site-links.mjs';

export async function buildDocs() {
  await writeApiReference();
  await runQuietly('vitepress build', bin('vitepress'), ['build', 'docs']);
  const dead = findDeadLinks(join(root, 'docs', '.vitepress', 'dist'));
  if (dead.length > 0) throw new Error(`dead links:\n${dead.join('\n')}`);
}

export default async function docs(args) {
  if (args.includes('--dev')) {
    await writeApiReference();
    return run(bin('vitepress'), ['dev', 'docs']);
  }
  const started = Date.now();
  await buildDocs();
  console.log(`the site is in docs/.vitepress/dist (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
