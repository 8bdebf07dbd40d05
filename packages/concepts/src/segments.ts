import { requireNumber } from '@mokus/core';

/**
 * Cuts a backward pass of the transformer into segments of its blocks that run forward once more, for memory: true is a
 * segment a block, a number so many. What is computed is the same.
 */
export type GradientCheckpointing = boolean | number;

/** How many segments. Throws MokusError `input` for what is no number of segments. */
export function segmentsOf(owner: string, gradientCheckpointing: GradientCheckpointing = false): number {
  if (typeof gradientCheckpointing === 'boolean') return gradientCheckpointing ? Number.MAX_SAFE_INTEGER : 1;
  requireNumber(owner, 'gradientCheckpointing', gradientCheckpointing, { atLeast: 1, integer: true });
  return gradientCheckpointing;
}
