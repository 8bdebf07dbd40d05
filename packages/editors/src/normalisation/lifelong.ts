import { MokusError, type Site } from '@mokus/core';
import { savedCount, savedEntries, savedRow } from '../saved-state.js';
import { type CapturedSite, type NormalisedSite, rowSquares } from './captured-site.js';

const owner = 'createLifelongState';

/** Keeps the standard deviation away from 0; upstream and here. */
const epsilon = 1e-8;

/** Running moments of x = [h; g], one entry per coordinate. */
interface Moments {
  count: number;
  readonly mean: Float64Array;
  /** Sum of squared deviations, as UltraEdit accumulates it. */
  readonly squares: Float64Array;
}

/** {@link LifelongState} as JSON, by shape 'dIn x dOut'. */
export interface LifelongStateJson {
  readonly [shape: string]: {
    readonly count: number;
    readonly mean: readonly number[];
    readonly squares: readonly number[];
  };
}

/**
 * UltraEdit's lifelong normaliser: running mean and deviation of [h; g], one set per (dIn, dOut) shape, shared by the
 * sites of that shape and carried from edit to edit by the caller. An editor changes it only when its edit succeeds.
 */
export class LifelongState {
  private readonly shapes: Map<string, Moments>;

  constructor(saved: LifelongStateJson = {}) {
    this.shapes = new Map(
      savedEntries(owner, saved).map(([shape, entry]) => {
        const count = savedCount(owner, `count of '${shape}'`, entry.count, 0);
        const width = widthOf(shape);
        const mean = savedRow(owner, `mean of '${shape}'`, entry.mean, width);
        const squares = savedRow(owner, `squares of '${shape}'`, entry.squares, width, 0);
        return [shape, { count, mean, squares }];
      }),
    );
  }

  toJSON(): LifelongStateJson {
    return Object.fromEntries(
      [...this.shapes].map(([shape, { count, mean, squares }]) => [
        shape,
        { count, mean: [...mean], squares: [...squares] },
      ]),
    );
  }

  clone(): LifelongState {
    return new LifelongState(this.toJSON());
  }

  /** Takes over another state's contents. */
  assign(other: LifelongState): void {
    this.shapes.clear();
    for (const [shape, moments] of other.clone().shapes) this.shapes.set(shape, moments);
  }

  /**
   * Adds b rows to the moments of their shape: n' = n + b; d = mean_b - mu; mu += b d / n';
   * M2 += b var_b + n b d^2 / n', with the unbiased variance var_b, which one row does not have: it adds 0 there.
   */
  fold({ site, rows, input, gradient }: CapturedSite): void {
    const moments = this.momentsOf(site);
    const total = moments.count + rows;
    for (let coordinate = 0; coordinate < moments.mean.length; coordinate++) {
      const isInput = coordinate < site.dIn;
      const source = isInput ? input : gradient;
      const width = isInput ? site.dIn : site.dOut;
      const column = isInput ? coordinate : coordinate - site.dIn;
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += source[row * width + column]!;
      const batchMean = sum / rows;
      let deviations = 0;
      for (let row = 0; row < rows; row++) deviations += (source[row * width + column]! - batchMean) ** 2;
      const shift = batchMean - moments.mean[coordinate]!;
      moments.mean[coordinate]! += (rows * shift) / total;
      moments.squares[coordinate]! +=
        (rows > 1 ? (rows * deviations) / (rows - 1) : 0) + (moments.count * rows * shift ** 2) / total;
    }
    moments.count = total;
  }

  /**
   * (x - mu) / (sigma + eps) of rows that were folded in before. Throws MokusError `edit` when the state has seen a
   * single row of this shape: x - mu is 0 then, and the edit would do nothing.
   */
  normalise({ site, input, gradient }: CapturedSite): NormalisedSite {
    const moments = this.momentsOf(site);
    if (moments.count < 2) {
      throw new MokusError(
        'edit',
        `the lifelong normaliser has seen ${moments.count} row of shape ${shapeOf(site)} (site '${site.id}'), which normalises it to 0: the edit would do nothing. Edit several facts at once, pass a state that earlier edits have warmed, or use normalisation 'gradientRowNorm' or 'none'`,
        { site: site.id, field: 'lifelongState' },
      );
    }
    const whiten = (values: Float32Array, width: number, offset: number): Float64Array =>
      Float64Array.from(values, (value, index) => {
        const coordinate = offset + (index % width);
        const deviation = Math.sqrt(moments.squares[coordinate]! / (moments.count - 1 + epsilon));
        return (value - moments.mean[coordinate]!) / (deviation + epsilon);
      });
    return {
      inputSquares: rowSquares(whiten(input, site.dIn, 0), site.dIn),
      gradients: whiten(gradient, site.dOut, site.dIn),
      divisor: 1,
    };
  }

  private momentsOf(site: Site): Moments {
    const shape = shapeOf(site);
    let moments = this.shapes.get(shape);
    if (moments === undefined) {
      const size = site.dIn + site.dOut;
      moments = { count: 0, mean: new Float64Array(size), squares: new Float64Array(size) };
      this.shapes.set(shape, moments);
    }
    return moments;
  }
}

/**
 * An empty state, or one read back from the JSON that a state writes. Throws MokusError `input` naming what in it is
 * something else.
 */
export function createLifelongState(saved?: LifelongStateJson): LifelongState {
  return new LifelongState(saved);
}

function shapeOf({ dIn, dOut }: Site): string {
  return `${dIn} x ${dOut}`;
}

/** dIn + dOut of a saved shape. Throws MokusError `input` for a name that is no shape. */
function widthOf(shape: string): number {
  const [, dIn, dOut] = /^([1-9]\d*) x ([1-9]\d*)$/.exec(shape) ?? [];
  if (dIn !== undefined && dOut !== undefined) return Number(dIn) + Number(dOut);
  throw new MokusError(
    'input',
    `${owner}: '${shape}' of the saved state is no shape such as '32 x 48', which its toJSON writes: save it again`,
    { field: shape },
  );
}
