import { type DiT, type LoraAdapter, loraDelta } from '@mokus/core';

/** Runs something with an adapter acting beside what acts already; whatever happens, it is gone afterwards. */
export async function withAdapter<Result>(
  dit: DiT,
  adapter: LoraAdapter | undefined,
  run: () => Promise<Result>,
): Promise<Result> {
  const handles = [...(adapter?.modules ?? [])].map(([site, module]) => dit.pushDelta(site, loraDelta(module)));
  try {
    return await run();
  } finally {
    for (const handle of handles.toReversed()) dit.popDelta(handle);
  }
}
