import type { SiteDelta } from './edit.js';
import { MokusError, type MokusErrorDetails } from './errors.js';

interface DeltaMatrix {
  readonly name: 'U' | 'V' | 'delta';
  readonly rows: number;
  readonly columns: number;
  /** Row-major. */
  readonly values: Float32Array;
}

/** The arrays that a delta is made of: U and V, or the one of a dense delta. */
export function deltaArrays(delta: SiteDelta): readonly Float32Array[] {
  return matricesOf(delta).map(({ values }) => values);
}

/**
 * Requires a delta whose sizes are whole numbers from 1, whose arrays are of them, and whose numbers are finite.
 *
 * @param place where it stands, which begins the message: a file, a site
 * @throws MokusError `edit` with `details`, naming the array and the row
 */
export function requireDelta(place: string, delta: SiteDelta, details: MokusErrorDetails): void {
  const refuse = (problem: string): MokusError =>
    new MokusError('edit', `${place}: ${problem}; make the edit again`, details);
  const sizes = delta.kind === 'lowRank' ? [delta.dOut, delta.rank, delta.dIn] : [delta.dOut, delta.dIn];
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 1)) {
    throw refuse(`a delta of sizes [${sizes.join(', ')}], each must be a whole number from 1`);
  }
  for (const { name, rows, columns, values } of matricesOf(delta)) {
    const what = `${name} [${rows}, ${columns}]`;
    // Nobody holds a caller in JavaScript to the type.
    const count = values?.length ?? 0;
    if (count !== rows * columns) throw refuse(`${what} needs ${rows * columns} values and has ${count}`);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) throw refuse(`${what} is ${values[wrong]} at row ${Math.floor(wrong / columns)}`);
  }
}

function matricesOf(delta: SiteDelta): readonly DeltaMatrix[] {
  const { dOut, dIn } = delta;
  if (delta.kind === 'dense') return [{ name: 'delta', rows: dOut, columns: dIn, values: delta.delta }];
  const { rank, u, v } = delta;
  return [
    { name: 'U', rows: dOut, columns: rank, values: u },
    { name: 'V', rows: rank, columns: dIn, values: v },
  ];
}
