import type { Editor, Row, StateStart } from '@mokus/core';
import type { CapturedSite } from '../normalisation/captured-site.js';
import { normalise } from '../normalisation/normalise.js';
import type { KeyHistory } from '../protection/key-history.js';
import { keysToAdd } from '../protection/keys-to-add.js';
import { protectedRidges } from '../protection/protected-ridges.js';
import { answerRowsOf } from '../session/requests.js';
import { EditSession } from '../session/session.js';
import { TrialDeltas } from '../session/trials.js';
import { DeltaSum } from '../solvers/delta-sum.js';
import { describeUltraEditOptions, resolveUltraEditOptions, type UltraEditOptions } from './options.js';
import { ultraEditUpdate } from './update.js';

/**
 * UltraEdit (the method that MoKus uses for textual knowledge): capture keys and output gradients at the answer rows of
 * all requests together, one closed-form ridge regression per site, no inner optimisation. With `maxTurns` above 1
 * capture and solve repeat on the edited model until the objective is satisfied; mu and nu add what the edit must leave
 * alone to the ridge. One turn with mu = nu = 0 is the published method.
 *
 * The turns' deltas are summed to one edit: factors side by side; a site whose factors would be larger than its
 * matrix gets a dense delta. An edit whose requests are satisfied already changes nothing and has no sites.
 *
 * For edits one after the other: a strong mu with C over prompts of every kind that is to stay, small steps and many turns
 * hold; `history` keeps what earlier edits wrote in place too. Neither makes an edit slower the more came before it.
 *
 * Trial deltas are on the encoder while `edit` runs, so one edit of an encoder at a time. Deterministic.
 *
 * `ultraEdit` throws MokusError `input` naming an option that is unknown or out of its range; `edit` as {@link Editor} says.
 */
export function ultraEdit(options: UltraEditOptions = {}): Editor {
  const resolved = resolveUltraEditOptions(options);
  const { eta, history, maxTurns, normalisation, objective, rows: rowChoice, sites } = resolved;
  const name = 'ultraEdit';
  return {
    name,
    async edit(encoder, requests, editOptions = {}) {
      const session = await EditSession.open(
        encoder,
        requests,
        { editor: name, objective, sites, maxTurns: () => maxTurns, stepOption: 'eta' },
        editOptions,
      );
      const ridges = await protectedRidges(session, resolved, 'answer');
      const rows = rowChoice === 'answer' ? answerRowsOf(session.encoded) : session.objectiveRows();
      const start = await session.lowestStart();
      const state = resolved.lifelongState.clone();
      const sums = new Map<string, DeltaSum>();
      let remember: ((history: KeyHistory) => void) | undefined;
      const trials = new TrialDeltas(session);
      try {
        for (let turn = 0; ; turn++) {
          const captured = await capture(session, rows, turn, start);
          if (captured === undefined) break;
          const normalised = normalise(captured, normalisation, state);
          const deltas = await ultraEditUpdate(captured, normalised, ridges, eta, session.solving);
          if (![...deltas.values()].some(({ u }) => u.some((value) => value !== 0))) throw session.withoutSlope(turn);
          trials.popAll();
          for (const [site, delta] of deltas) {
            const sum = sums.get(site);
            if (sum === undefined) sums.set(site, new DeltaSum(delta));
            else sum.add(delta);
          }
          for (const [site, sum] of sums) trials.push(site, sum.result());
        }
        if (history !== undefined) remember = await keysToAdd(session, rows);
      } finally {
        trials.popAll();
      }
      const summed = new Map([...sums].map(([site, sum]) => [site, sum.result()]));
      const edit = await session.finish(summed, describeUltraEditOptions(resolved));
      resolved.lifelongState.assign(state);
      if (history !== undefined) remember?.(history);
      return edit;
    },
  };
}

/** Undefined where no further turn is to be made. */
async function capture(
  session: EditSession,
  rows: readonly Row[],
  turn: number,
  start: StateStart | undefined,
): Promise<readonly CapturedSite[] | undefined> {
  const { encoder, batch, sites, signal } = session;
  const captures = await encoder.capture(
    { batch, sites: sites.map((site) => site.id), rows, cotangents: session.cotangents(turn), start },
    { signal },
  );
  const captured: CapturedSite[] = [];
  for (const site of sites) {
    const { input, outputGradient } = captures.get(site.id)!;
    if (outputGradient === undefined) return undefined;
    session.requireFinite('the captured input', site.id, [input.data]);
    session.requireFinite('the captured gradient', site.id, [outputGradient.data]);
    captured.push({ site, rows: rows.length, input: input.data, gradient: outputGradient.data });
  }
  return captured;
}
