import { readFile } from 'node:fs/promises';
import type { Site } from '@mokus/core';
import type { CapturedSite } from '../../src/normalisation/captured-site.js';
import type { Normalisation } from '../../src/normalisation/normalise.js';

/** One site's captures as tools/editors-fixtures.py writes them. */
export interface FixtureCapture {
  readonly id: string;
  readonly dIn: number;
  readonly dOut: number;
  readonly inputGroup: string;
  readonly H: readonly (readonly number[])[];
  readonly G: readonly (readonly number[])[];
}

export interface UpdateFixtures {
  readonly corpus: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly protected: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly captures: Readonly<Record<string, readonly FixtureCapture[]>>;
  readonly cases: readonly {
    readonly rows: string;
    readonly normalisation: Normalisation;
    readonly lambda: number;
    readonly mu: number;
    readonly nu: number;
    readonly eta: number;
    /** X^T by site, [dOut, dIn] row-major. */
    readonly deltas: Readonly<Record<string, readonly number[]>>;
  }[];
}

export interface LifelongFixtures {
  readonly turns: readonly (readonly FixtureCapture[])[];
  readonly moments: Readonly<
    Record<string, { readonly count: number; readonly mean: readonly number[]; readonly squares: readonly number[] }>
  >;
  readonly normalised: Readonly<
    Record<string, { readonly h: readonly (readonly number[])[]; readonly g: readonly (readonly number[])[] }>
  >;
}

export async function readFixtures<T>(name: 'updates' | 'lifelong'): Promise<T> {
  return JSON.parse(await readFile(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));
}

export function capturedSite({ id, dIn, dOut, inputGroup, H, G }: FixtureCapture): CapturedSite {
  const site: Site = {
    id,
    kind: 'linear',
    layer: 0,
    role: id,
    dIn,
    dOut,
    inputGroup,
    weight: `${id}.weight`,
    reachesTap: true,
  };
  return { site, rows: H.length, input: Float32Array.from(H.flat()), gradient: Float32Array.from(G.flat()) };
}

/** Sum of k k^T over rows, [size, size] row-major. */
export function gramOf(rows: readonly (readonly number[])[]): Float64Array {
  const size = rows[0]!.length;
  const sum = new Float64Array(size * size);
  for (const row of rows) {
    row.forEach((a, i) => {
      row.forEach((b, j) => {
        sum[i * size + j]! += a * b;
      });
    });
  }
  return sum;
}

/** Largest difference as a share of the largest expected magnitude. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} values, expected ${expected.length}`);
  let difference = 0;
  let magnitude = 0;
  for (let index = 0; index < expected.length; index++) {
    // Math.max keeps a NaN, so one that creeps in fails every comparison.
    difference = Math.max(difference, Math.abs(actual[index]! - expected[index]!));
    magnitude = Math.max(magnitude, Math.abs(expected[index]!));
  }
  return difference / magnitude;
}
