import { backendCases } from '@mokus/core/testing';
import { openBackend, type ProviderName, tolerancesOf } from './providers.js';

export interface Conformance {
  readonly cases: number;
  /** What was wrong, by the case's name. */
  readonly failed: Readonly<Record<string, string>>;
}

/** The cases of `testBackend`, forward and gradients. */
export async function measureConformance(name: ProviderName): Promise<Conformance> {
  const cases = backendCases(openBackend(name), { tolerances: tolerancesOf[name] });
  const failed: Record<string, string> = {};
  for (const each of cases) {
    try {
      await each.run();
    } catch (error) {
      failed[each.name] = String(error);
    }
  }
  return { cases: cases.length, failed };
}
