import type { Row } from '@mokus/core';
import type { EditSession } from '../session/session.js';
import { onePerInputGroup } from '../session/sites.js';
import type { KeyHistory } from './key-history.js';

/** Reads the keys of the session's rows on the encoder as it is now; the result adds them to a history. */
export async function keysToAdd(
  { encoder, batch, sites, signal }: EditSession,
  rows: readonly Row[],
): Promise<(history: KeyHistory) => void> {
  const groups = onePerInputGroup(sites);
  const captures = await encoder.capture({ batch, sites: groups.map(({ id }) => id), rows }, { signal });
  const baseModel = await encoder.fingerprint();
  return (history) => {
    for (const { id, inputGroup, dIn } of groups) {
      history.add(inputGroup, dIn, new Float64Array(captures.get(id)!.input.data), baseModel);
    }
  };
}
