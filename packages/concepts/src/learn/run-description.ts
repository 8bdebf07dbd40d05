import type { DeltaSite } from '@mokus/core';
import type { LearnSettings } from './options.js';
import type { TrainingPool } from './training-pool.js';

/**
 * What a run would have to share with another to come to the same end, as text: its settings but for the number of steps, its sites, its captions
 * and checksums of its pictures.
 */
export function describeRun(
  { steps: _, ...settings }: LearnSettings,
  sites: readonly DeltaSite[],
  pool: TrainingPool,
): string {
  return JSON.stringify({
    settings,
    sites: sites.map(({ id }) => id),
    concept: pool.concept.map(({ captions, latents }) => ({ captions, latents: checksum(latents) })),
    prior: checksum(...pool.prior.map(({ latents }) => latents)),
    priorPrompts: pool.prior.map(({ prompt }) => prompt),
  });
}

/** FNV-1a over the bits: it tells pictures apart, and nothing hostile is compared with it. */
function checksum(...parts: readonly Float32Array[]): number {
  let hash = 2166136261;
  for (const part of parts) {
    for (const word of new Uint32Array(part.buffer, part.byteOffset, part.length)) {
      hash = Math.imul(hash ^ word, 16777619) >>> 0;
    }
  }
  return hash;
}
