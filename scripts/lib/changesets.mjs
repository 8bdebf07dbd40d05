/** The release that the files in .changeset/ add up to. */
import { createRequire } from 'node:module';
import { root } from './run.mjs';

// What `changeset status` runs; the command itself also wants git's branch main, which a fresh checkout may lack.
const require = createRequire(createRequire(import.meta.url).resolve('@changesets/cli/package.json'));
const { default: getReleasePlan } = require('@changesets/get-release-plan');

/**
 * Throws for a file that cannot be read as a changeset, and for one that names a package which is not there.
 *
 * @returns {Promise<{
 *   readonly changesets: readonly { readonly releases: readonly unknown[] }[];
 *   readonly releases: readonly { readonly name: string; readonly newVersion: string }[];
 * }>}
 */
export function releasePlan(folder = root) {
  return getReleasePlan(folder);
}
