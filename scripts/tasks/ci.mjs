/** What .ci/run runs: every check, the site, and every suite, fetching what they need; a skip is a failure. */
import { runChecks, runSteps } from './check.mjs';
import { buildDocs } from './docs.mjs';
import { runSuites, summarise } from './test.mjs';

export default async function ci() {
  const started = Date.now();
  const checksFailed = (await runChecks()) + (await runSteps({ 'site (typedoc, vitepress)': buildDocs }));
  const results = await runSuites([], { provide: true });
  console.log(`\nci took ${((Date.now() - started) / 60_000).toFixed(1)} min; checks failed: ${checksFailed}`);
  const failed = summarise(results, { requireAll: true });
  return failed || checksFailed > 0 ? 1 : 0;
}
