/**
 * `npm run release`, in CI, after `npx changeset version` is committed: publishes what npm does not have yet, with
 * provenance. Nothing is published where the repository's address is missing, a change note is not in a version yet, or a
 * check or the packaging suite fails.
 */
import { join } from 'node:path';
import { releasePlan } from '../lib/changesets.mjs';
import { manifestOf } from '../lib/entry-points.mjs';
import { folderOf, house } from '../lib/house.mjs';
import { provenanceProblems } from '../lib/provenance.mjs';
import { bin, root, run } from '../lib/run.mjs';
import { runChecks } from './check.mjs';
import { runSuites, summarise } from './test.mjs';

export default async function release() {
  const folders = Object.keys(house).map(folderOf);
  const problems = provenanceProblems(Object.fromEntries(folders.map((each) => [each, manifestOf(join(root, each))])));
  if (problems.length > 0) {
    throw new Error(`no release without provenance (CONTRIBUTING.md, A release):\n${problems.join('\n')}`);
  }
  const { changesets } = await releasePlan();
  if (changesets.length > 0) {
    throw new Error(
      `${changesets.length} notes in .changeset/ are in no version yet: run npx changeset version, commit`,
    );
  }
  if ((await runChecks()) > 0) return 1;
  if (summarise(await runSuites(['packaging'], { provide: true }), { requireAll: true })) return 1;
  return run(bin('changeset'), ['publish'], { env: { NPM_CONFIG_PROVENANCE: 'true' } });
}
