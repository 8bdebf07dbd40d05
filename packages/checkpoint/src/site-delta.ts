import { describeJson, MokusError, requireDelta, type SiteDelta } from '@mokus/core';

/**
 * Checks that a delta is what its shape says and changes weights by finite numbers only.
 *
 * @throws MokusError `edit`, naming site and array
 */
export function checkDelta(site: string, delta: SiteDelta, file?: string): void {
  const place = file === undefined ? describeJson(site) : `${file}, ${describeJson(site)}`;
  const details = file === undefined ? { site } : { site, file };
  if (site === '') throw new MokusError('edit', `${place}: a site without a name; make the edit again`, details);
  requireDelta(place, delta, details);
}
