import type { CapturedSite, NormalisedSite } from './captured-site.js';
import type { LifelongState } from './lifelong.js';
import { gradientRowNorm, unnormalised } from './row-norm.js';

/** How captured keys and gradients are scaled before the targets are formed. */
export type Normalisation = 'none' | 'gradientRowNorm' | 'lifelong';

/** One turn's captures, normalised; 'lifelong' folds all of them into `state` before it uses it. */
export function normalise(
  captured: readonly CapturedSite[],
  normalisation: Normalisation,
  state: LifelongState,
): readonly NormalisedSite[] {
  switch (normalisation) {
    case 'none':
      return captured.map(unnormalised);
    case 'gradientRowNorm':
      return captured.map(gradientRowNorm);
    case 'lifelong':
      for (const site of captured) state.fold(site);
      return captured.map((site) => state.normalise(site));
  }
}
