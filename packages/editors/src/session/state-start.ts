import type { RunOptions, StateCapture, StatePlace, StateStart, TextEncoder, TokenBatch } from '@mokus/core';

export interface StartRequest {
  readonly batch: TokenBatch;
  readonly layer: number;
  /** States that are captured on the way. */
  readonly places?: readonly StatePlace[];
}

/**
 * The states at places of a batch, in every row, and what `layer` reads: passes that change nothing below it may start
 * there. There is no such start where that is the first layer.
 */
export async function captureStart(
  encoder: TextEncoder,
  { batch, layer, places = [] }: StartRequest,
  options: RunOptions,
): Promise<{ readonly captures: readonly StateCapture[]; readonly start: StateStart | undefined }> {
  const below: StatePlace[] = layer === 0 ? [] : [{ layer: layer - 1, part: 'block' }];
  if (places.length + below.length === 0) return { captures: [], start: undefined };
  const rows = batch.flatMap((ids, sequence) => ids.map((_, position) => ({ sequence, position })));
  const captures = await encoder.captureStates({ batch, places: [...places, ...below], rows }, options);
  const states = captures[places.length]?.state;
  return { captures: captures.slice(0, places.length), start: states && { layer, states } };
}
