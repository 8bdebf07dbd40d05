/** Committed files that are made from sources: `npm run check` says when one is stale, `npm run check -- --update` writes it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

/** Compares a file of the repository with what it should hold, or writes that. Throws when it is stale. */
export function keepCurrent(file, content, { update = false } = {}) {
  const path = join(root, file);
  if (existsSync(path) && readFileSync(path, 'utf8') === content) return;
  if (!update) throw new Error(`${file} is stale: run npm run check -- --update, and look at what changed`);
  writeFileSync(path, content);
  console.log(`wrote ${file}`);
}
