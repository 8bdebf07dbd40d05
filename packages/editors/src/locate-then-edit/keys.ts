import type { Row, Site, TokenBatch } from '@mokus/core';
import type { EditSession } from '../session/session.js';
import { onePerInputGroup } from '../session/sites.js';
import { contextWeights } from './contexts.js';
import type { LocatedRequest } from './located-request.js';

/** Requests a pass: some contexts each, so as many sequences as statistics take at a time. */
const requestsAtATime = 5;

/**
 * What the sites read at the fact token on the encoder as it is now, one key a request, by input group:
 * the mean over contexts, float64 [requests, dIn].
 */
export async function contextKeys(
  session: EditSession,
  located: readonly LocatedRequest[],
  sites: readonly Site[],
): Promise<Map<string, Float64Array>> {
  const { encoder, signal } = session;
  const groups = onePerInputGroup(sites);
  const keys = new Map(groups.map(({ inputGroup, dIn }) => [inputGroup, new Float64Array(located.length * dIn)]));
  for (let start = 0; start < located.length; start += requestsAtATime) {
    const part = located.slice(start, start + requestsAtATime);
    const { batch, rows } = questionsOf(part);
    const captures = await encoder.capture({ batch, sites: groups.map(({ id }) => id), rows }, { signal });
    const weights = part.flatMap(({ positions }, request) =>
      contextWeights(positions.length).map((weight) => ({ weight, row: start + request })),
    );
    for (const { id, inputGroup, dIn } of groups) {
      const input = captures.get(id)!.input.data;
      session.requireFinite('the captured input', id, [input]);
      const target = keys.get(inputGroup)!;
      weights.forEach(({ weight, row }, index) => {
        for (let at = 0; at < dIn; at++) target[row * dIn + at]! += weight * input[index * dIn + at]!;
      });
    }
  }
  return keys;
}

/** What the sites read at the fact token of the plain questions, float64 [requests, dIn]. */
export async function plainKeys(
  { encoder, signal }: EditSession,
  located: readonly LocatedRequest[],
  site: Site,
): Promise<Float64Array> {
  const captures = await encoder.capture({ ...plainQuestions(located), sites: [site.id] }, { signal });
  return new Float64Array(captures.get(site.id)!.input.data);
}

/** The plain questions, without answers, and the rows of the fact tokens. */
export function plainQuestions(located: readonly LocatedRequest[]): {
  readonly batch: TokenBatch;
  readonly rows: readonly Row[];
} {
  return questionsOf(
    located.map((each) => ({ ...each, encoded: each.encoded.slice(0, 1), positions: each.positions.slice(0, 1) })),
  );
}

/** Questions in all their contexts, request by request. */
function questionsOf(located: readonly LocatedRequest[]): {
  readonly batch: TokenBatch;
  readonly rows: readonly Row[];
} {
  const batch = located.flatMap(({ encoded }) =>
    encoded.map(({ ids, questionLength }) => ids.slice(0, questionLength)),
  );
  const rows = located.flatMap(({ positions }) => positions).map((position, sequence) => ({ sequence, position }));
  return { batch, rows };
}
