/** One run of vitest for one suite, and what it counted. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, run } from './run.mjs';

const none = { passed: 0, failed: 0, skipped: 0 };

/** @returns {Promise<{ passed: number, failed: number, skipped: number, seconds: number }>} */
export async function runVitest(suite, { isDefault = false } = {}) {
  const report = join(root, '.cache', 'reports', `${suite.name}.json`);
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const args = [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ];
  const env = { ...suite.env?.(), MOKUS_SUITE: isDefault ? '' : suite.name };
  const started = Date.now();
  const code = await run(suite.node?.() ?? process.execPath, args, { env });
  const seconds = (Date.now() - started) / 1000;
  const counts = countsOf(report);
  // Vitest can fail without a failed test: an error outside of every test, or a crashed worker.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return { ...counts, seconds };
}

function countsOf(report) {
  let result;
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { ...none };
  }
  const filesThatDidNotLoad = result.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: result.numPassedTests,
    failed: result.numFailedTests + filesThatDidNotLoad.length,
    skipped: result.numPendingTests + (result.numTodoTests ?? 0),
  };
}
