import type { Site } from '@mokus/core';
import { expect, it } from 'vitest';
import { createKeyHistory } from '../../src/index.js';
import { protectedRidges } from '../../src/protection/protected-ridges.js';
import type { EditSession } from '../../src/session/session.js';

it('works the keys of earlier edits in once, without statistics too', async () => {
  const history = createKeyHistory({ group: { dIn: 2, rows: [1, 2, 3, 4] } });
  const site = { id: 'a', inputGroup: 'group', dIn: 2, dOut: 1 } as Site;
  // All that is read of a session without locality prompts.
  const encoder = { fingerprint: async () => 'model' };
  const session = { encoder, sites: [site], signal: undefined } as unknown as EditSession;
  const ridgeOf = async (lambda: number) => {
    const protection = { lambda, mu: 0, nu: 0, statistics: undefined, history, historyWeight: 1 };
    return (await protectedRidges(session, protection, 'answer')).get('group');
  };
  const first = await ridgeOf(1);
  expect(await ridgeOf(1)).toBe(first);
  expect(await ridgeOf(2)).not.toBe(first);
});
