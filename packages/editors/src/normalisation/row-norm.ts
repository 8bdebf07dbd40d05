import { type CapturedSite, type NormalisedSite, rowSquares } from './captured-site.js';

/** 'none': keys and gradients as captured, as the MoKus paper writes the formula. */
export function unnormalised({ site, input, gradient }: CapturedSite): NormalisedSite {
  return { inputSquares: rowSquares(input, site.dIn), gradients: gradient, divisor: 1 };
}

/**
 * 'gradientRowNorm': g_i / mean_j |g_j| per site and turn, over the rows that have a gradient, keys as captured. A step
 * then has the same size whatever the loss, at any site: eta alone says how far the outputs move, about eta |h|^2. The
 * default, and what Mokus measured.
 */
export function gradientRowNorm(captured: CapturedSite): NormalisedSite {
  const norms = rowSquares(captured.gradient, captured.site.dOut).map(Math.sqrt);
  const moved = norms.filter((norm) => norm > 0);
  const meanNorm = moved.reduce((sum, norm) => sum + norm, 0) / moved.length;
  return { ...unnormalised(captured), divisor: moved.length === 0 ? 1 : meanNorm };
}
