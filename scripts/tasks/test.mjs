/**
 * `npm test`: every suite that this machine can run, then each that was skipped and why.
 *
 *   npm test -- units webgpu     only these suites
 *   npm test -- --provide        fetch what suites need first
 *   MOKUS_REQUIRE_ALL=1          a skipped suite, a skipped test or a suite without a test is a failure (.ci/run), but for
 *                                suites that need hardware which is not there
 */
import { ensureBuilt } from '../lib/build.mjs';
import { runVitest } from '../lib/vitest.mjs';
import { node24, suites, units } from '../suites.mjs';

const all = [units, ...suites, node24];

export default async function test(args) {
  const names = args.filter((arg) => !arg.startsWith('--'));
  const results = await runSuites(names, { provide: args.includes('--provide') });
  return summarise(results, { requireAll: process.env.MOKUS_REQUIRE_ALL === '1' }) ? 1 : 0;
}

/** Runs the named suites, or all. */
export async function runSuites(names, { provide }) {
  const unknown = names.find((name) => !all.some((suite) => suite.name === name));
  if (unknown) throw new Error(`no suite '${unknown}'; there are: ${all.map(({ name }) => name).join(', ')}`);
  const chosen = names.length > 0 ? all.filter(({ name }) => names.includes(name)) : all;
  const results = [];
  for (const suite of chosen) results.push({ suite, ...(await runSuite(suite, provide)) });
  return results;
}

async function runSuite(suite, provide) {
  try {
    if (provide) await suite.provide?.();
    const reason = await suite.needs();
    if (reason !== null) return { reason };
    console.log(`\n--- ${suite.name}: ${suite.title}`);
    if (suite.built) await ensureBuilt(suite.built);
    return await runVitest(suite, { isDefault: suite === units || suite === node24 });
  } catch (error) {
    console.error(error.message);
    return { passed: 0, failed: 1, skipped: 0, seconds: 0 };
  }
}

/** Prints what ran and what did not, the sum on the last line; true when that is a failure. */
export function summarise(results, { requireAll }) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  let missing = 0;
  console.log('\n--- suites');
  for (const { suite, reason, passed, failed, skipped, seconds } of results) {
    const label = suite.name.padEnd(10);
    if (reason !== undefined) {
      console.log(`${label} SKIPPED: ${reason}`);
      if (suite.hardware) continue;
      total.skipped += 1;
      missing += 1;
      continue;
    }
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
    missing += skipped + (passed + failed === 0 ? 1 : 0);
    const skips = skipped > 0 ? `, ${skipped} skipped` : '';
    console.log(`${label} ${passed} passed, ${failed} failed${skips} in ${seconds.toFixed(1)} s`);
  }
  const missed = requireAll && missing > 0;
  if (missed) console.log('MOKUS_REQUIRE_ALL=1: something was skipped or ran no test');
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
  return total.failed > 0 || total.passed === 0 || missed;
}
