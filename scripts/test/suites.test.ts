/** What `npm test` and `.ci/run` say about suites that could not run, and what they make of them. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { node24, units } from '../suites.mjs';
import { summarise } from '../tasks/test.mjs';

const ran = (counts: object = {}) => ({ suite: units, passed: 3, failed: 0, skipped: 0, seconds: 1, ...counts });
const skipped = { suite: node24, reason: 'no Node 24: npm test -- --provide fetches it' };

/** What is printed, and whether it is a failure. */
function summary(results: readonly object[], requireAll: boolean): { failed: boolean; lines: readonly string[] } {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const failed = summarise(results, { requireAll });
  return { failed, lines: print.mock.calls.map(([line]) => String(line)) };
}

afterEach(() => vi.restoreAllMocks());

describe('a skipped suite', () => {
  it('is named with its reason and counted, and fails only where everything is required', () => {
    for (const requireAll of [false, true]) {
      const { failed, lines } = summary([ran(), skipped], requireAll);
      expect(failed).toBe(requireAll);
      expect(lines).toContainEqual(expect.stringMatching(/^node24 +SKIPPED: no Node 24: .*--provide/));
      expect(lines.at(-1)).toBe('3 passed, 0 failed, 1 skipped');
    }
  });

  it.each([
    ['a skipped test', { skipped: 1 }],
    ['a suite without a test', { passed: 0 }],
  ])('is not the only thing that .ci/run takes for a failure: %s', (_, counts) => {
    expect(summary([ran(), ran(counts)], true).failed).toBe(true);
    expect(summary([ran(), ran(counts)], false).failed).toBe(false);
  });
});

it('a failed test is a failure, and so is a run of nothing', () => {
  expect(summary([ran({ failed: 1 })], false).failed).toBe(true);
  expect(summary([], false).failed).toBe(true);
  expect(summary([ran()], true).failed).toBe(false);
});
