import { MokusError } from '@mokus/core';

/** Throws MokusError `edit` naming the site unless every value is finite. */
export function requireFinite(values: ArrayLike<number>, what: string, site: string): void {
  for (let index = 0; index < values.length; index++) {
    if (!Number.isFinite(values[index]!)) {
      throw new MokusError(
        'edit',
        `${what} of site '${site}' holds ${values[index]} at index ${index}: take smaller steps, or check the weights`,
        { site },
      );
    }
  }
}
