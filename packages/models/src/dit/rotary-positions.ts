import { f32Tensor, type HostTensor, type LatentGrid, MokusError } from '@mokus/core';
import { RecentValues } from '../recent-values.js';
import { steady } from '../steady-tensors.js';

const theta = 10_000;
/** diffusers tabulates the positions 0 ... 4095; past its end it would silently use fewer rows. */
const positionLimit = 4096;

export interface RotaryTables {
  /** f32 [text + image tokens, headDim / 2]; text first, as in the joint attention. */
  readonly cos: HostTensor<'f32'>;
  readonly sin: HostTensor<'f32'>;
}

/**
 * Angles of the joint sequence [text, image], computed in float64. Image token (r, c) of an h x w grid stands at frame
 * 0, row r - ceil(h/2), column c - ceil(w/2); text token j at max(floor(h/2), floor(w/2)) + j on all three axes. Each
 * axis of `axes` dims has axes/2 frequencies 10000^(-2k/axis), on adjacent pairs of a head's dims.
 *
 * Throws MokusError `input` when a text position passes 4095.
 */
export function rotaryTables(axes: readonly number[], grid: LatentGrid, textLength: number): RotaryTables {
  const firstText = Math.max(Math.floor(grid.height / 2), Math.floor(grid.width / 2));
  if (firstText + textLength > positionLimit) {
    throw new MokusError(
      'input',
      `${textLength} text tokens after a grid of ${grid.height} x ${grid.width} tokens pass position ${positionLimit - 1}; make the picture or the prompt smaller`,
      { field: 'grid' },
    );
  }
  const text = Array.from({ length: textLength }, (_, token) => axes.map(() => firstText + token));
  const image = Array.from({ length: grid.height * grid.width }, (_, token) => [
    0,
    Math.floor(token / grid.width) - Math.ceil(grid.height / 2),
    (token % grid.width) - Math.ceil(grid.width / 2),
  ]);
  const positions = [...text, ...image];
  const angles = positions.flatMap((position) => axes.flatMap((dims, axis) => anglesOf(position[axis] ?? 0, dims)));
  const shape = [positions.length, angles.length / positions.length];
  return {
    cos: f32Tensor(shape, Float32Array.from(angles, Math.cos)),
    sin: f32Tensor(shape, Float32Array.from(angles, Math.sin)),
  };
}

/** Tables of a picture's size and a prompt's length, as {@link rotaryTables} makes them. */
export type RotaryTablesOf = (grid: LatentGrid, textLength: number) => RotaryTables;

/** Of a guided picture two are asked for in turn; of four it is known which was asked for last. */
const keptTables = 4;

/** {@link rotaryTables} that are the same ones when they are asked for again, step after step. */
export function keptRotaryTables(axes: readonly number[]): RotaryTablesOf {
  const recent = new RecentValues<string, RotaryTables>(keptTables);
  return (grid, textLength) =>
    recent.get([grid.height, grid.width, textLength].join(), () => {
      const { cos, sin } = rotaryTables(axes, grid, textLength);
      return { cos: steady(cos), sin: steady(sin) };
    });
}

function anglesOf(position: number, dims: number): number[] {
  return Array.from({ length: dims / 2 }, (_, k) => position * theta ** ((-2 * k) / dims));
}
