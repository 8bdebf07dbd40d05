/** `npm run soak`: the files NAME.soak.test.ts, which take longer than `npm test` may. */
import { runVitest } from '../lib/vitest.mjs';
import { soak } from '../suites.mjs';

export default async function () {
  const { passed, failed, skipped } = await runVitest(soak);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  return failed > 0 || passed === 0 ? 1 : 0;
}
