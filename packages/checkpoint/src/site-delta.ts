import { describeJson, MokusError, type SiteDelta } from '@mokus/core';

/**
 * Checks that a delta is what its shape says and changes weights by finite numbers only.
 *
 * @throws MokusError `edit`, naming site and array
 */
export function checkDelta(site: string, delta: SiteDelta, file?: string): void {
  const where = file === undefined ? describeJson(site) : `${file}, ${describeJson(site)}`;
  const refuse = (problem: string): MokusError =>
    new MokusError('edit', `${where}: ${problem}; make the edit again`, file === undefined ? { site } : { site, file });
  if (site === '') throw refuse('a site without a name');
  const sizes = delta.kind === 'lowRank' ? [delta.dOut, delta.rank, delta.dIn] : [delta.dOut, delta.dIn];
  if (!sizes.every((size) => Number.isSafeInteger(size) && size >= 1)) {
    throw refuse(`a delta of sizes [${sizes.join(', ')}], each must be a whole number from 1`);
  }
  for (const [name, rows, columns, values] of arraysOf(delta)) {
    if (values.length !== rows * columns) {
      throw refuse(`${name} [${rows}, ${columns}] needs ${rows * columns} values and has ${values.length}`);
    }
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      throw refuse(`${name} [${rows}, ${columns}] is ${values[wrong]} at row ${Math.floor(wrong / columns)}`);
    }
  }
}

function arraysOf(delta: SiteDelta): readonly (readonly [string, number, number, Float32Array])[] {
  return delta.kind === 'lowRank'
    ? [
        ['U', delta.dOut, delta.rank, delta.u],
        ['V', delta.rank, delta.dIn, delta.v],
      ]
    : [['delta', delta.dOut, delta.dIn, delta.delta]];
}
