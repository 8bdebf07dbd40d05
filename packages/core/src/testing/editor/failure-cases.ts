import { MokusError } from '../../errors.js';
import type { EditObjective, ObjectiveContext, ObjectiveValue } from '../../objective.js';
import type { RunOptions } from '../../progress.js';
import { refusalTo, requireRefusal } from '../refusal.js';
import type { EditorTrial } from './editor-case.js';
import { leavingNoTrace, requireSameSites } from './measure.js';
import { type EncoderHooks, type WatchedEncoder, watchedEncoder } from './watched-encoder.js';

/** Places of a fault: the first call, the last, and some between. */
const faults = 5;

/** Edits that do not come to their end leave nothing behind, neither on the encoder nor in the editor. */
export const failureCases: Readonly<Record<string, (trial: EditorTrial) => Promise<void>>> = {
  'an edit that is cancelled before it starts runs nothing': async (trial) => {
    const watched = watchedEncoder(trial.encoder);
    await leavingNoTrace('cancelling', trial.encoder, () =>
      requireRefusal('an aborted signal', 'cancelled', () => edit(trial, watched, { signal: AbortSignal.abort() })),
    );
    if (watched.count.runs > 0) throw new Error(`the model was run ${watched.count.runs} times`);
  },

  'an edit that is cancelled in the middle stops and leaves no trace': async (trial) => {
    const { runs, events } = await countsOf(trial);
    for (const call of spread(runs)) {
      const controller = new AbortController();
      const watched = watchedEncoder(trial.encoder, { run: (index) => index === call && controller.abort() });
      const what = `cancelling during call ${call} of ${runs}`;
      await leavingNoTrace(what, trial.encoder, () =>
        requireRefusal(what, 'cancelled', () => edit(trial, watched, { signal: controller.signal })),
      );
      if (watched.count.runs !== call + 1) throw new Error(`${what}: ${watched.count.runs} calls were made`);
    }
    // Whoever hears that the edit is done may cancel too late.
    for (const event of spread(events - 1)) {
      const controller = new AbortController();
      let seen = 0;
      const what = `cancelling at event ${event} of ${events}`;
      const onProgress = (): void => {
        if (seen++ === event) controller.abort();
      };
      await leavingNoTrace(what, trial.encoder, () =>
        requireRefusal(what, 'cancelled', () => edit(trial, trial.encoder, { signal: controller.signal, onProgress })),
      );
      if (seen !== event + 1) throw new Error(`${what}: ${seen} events came`);
    }
  },

  'a device that fails in the middle leaves no trace': async (trial) => {
    const { subject, aim, encoder, requests } = trial;
    const { runs, pushes } = await countsOf(trial);
    const fail = (at: number) => (index: number) => {
      if (index === at) throw new MokusError('backend', 'the device was lost');
    };
    const hooks: readonly (readonly [string, EncoderHooks])[] = [
      ...spread(runs).map((call) => [`call ${call} of ${runs}`, { run: fail(call) }] as const),
      ...spread(pushes).map((push) => [`delta ${push} of ${pushes}`, { push: fail(push) }] as const),
    ];
    const editor = subject.create({});
    const options = { objective: aim.objective };
    for (const [where, each] of hooks) {
      await leavingNoTrace(`a failure at ${where}`, encoder, () =>
        requireRefusal(`a failure at ${where}`, 'backend', () =>
          editor.edit(watchedEncoder(encoder, each), [requests[0]], options),
        ),
      );
    }
    const fresh = await subject.create({}).edit(encoder, [requests[0]], options);
    const again = await editor.edit(encoder, [requests[0]], options);
    requireSameSites('the next edit of an editor whose edits failed', again, fresh);
  },

  'weights that are not finite are told from facts that cannot be written, and leave no trace': async (trial) => {
    const { runs } = await countsOf(trial);
    for (const call of spread(runs)) {
      const watched = watchedEncoder(trial.encoder, { poisoned: (index) => index >= call });
      await leavingNoTrace(`NaN from call ${call}`, trial.encoder, async () => {
        const what = `NaN from call ${call} of ${runs}`;
        const { code, details, message } = await refusalTo(what, 'edit', () => edit(trial, watched));
        if (code !== 'edit') throw new Error(`${what} is refused as '${code}': ${message}`);
        if (details.request === undefined && details.site === undefined) {
          throw new Error(`${what}: "${message}" names neither the request nor the site`);
        }
      });
    }
  },

  'an objective that is not finite is refused by the index of the request': async (trial) => {
    const [, second] = trial.requests;
    const objective = changed(trial.aim.objective, (value, { requests }, evaluation) => {
      const wrong = requests.map(({ question }) => evaluation > 0 && question === second.question);
      if (!wrong.includes(true)) return value;
      const ofRequest = value.requests.map((each, index) => (wrong[index] ? { ...each, loss: Number.NaN } : each));
      return { ...value, loss: Number.NaN, requests: ofRequest };
    });
    await leavingNoTrace('a loss that is NaN', trial.encoder, async () => {
      const refused = await refusalTo('a loss that is NaN', 'edit', () =>
        trial.subject.create({}).edit(trial.encoder, trial.requests, { objective }),
      );
      if (refused.code !== 'edit' || refused.details.request !== 1) {
        throw new Error(`refused is request ${refused.details.request} as '${refused.code}': ${refused.message}`);
      }
    });
  },

  'an objective that nothing can lower is refused': async (trial) => {
    const objective = changed(trial.aim.objective, (value) => ({
      ...value,
      logits: { ...value.logits, data: value.logits.data.map(() => 0) },
      hidden: { ...value.hidden, data: value.hidden.data.map(() => 0) },
    }));
    await leavingNoTrace('an objective without a slope', trial.encoder, () =>
      requireRefusal('an objective without a slope', 'edit', () =>
        trial.subject.create({}).edit(trial.encoder, [trial.requests[0]], { objective }),
      ),
    );
  },

  'an error of the objective comes through as it is': async (trial) => {
    const own = new RangeError('the objective`s own');
    const objective = changed(trial.aim.objective, (value, _, evaluation) => {
      if (evaluation > 0) throw own;
      return value;
    });
    await leavingNoTrace('an objective that throws', trial.encoder, async () => {
      const got = await trial.subject
        .create({})
        .edit(trial.encoder, [trial.requests[0]], { objective })
        .catch((error: unknown) => error);
      if (got !== own) throw new Error(`it became ${String(got)}`);
    });
  },
};

function edit(
  { subject, aim, requests }: EditorTrial,
  encoder: EditorTrial['encoder'],
  options: RunOptions = {},
): Promise<unknown> {
  return subject.create({}).edit(encoder, [requests[0]], { objective: aim.objective, ...options });
}

/** How often a whole edit runs the model, pushes deltas and reports progress. */
async function countsOf(trial: EditorTrial): Promise<WatchedEncoder['count'] & { readonly events: number }> {
  const watched = watchedEncoder(trial.encoder);
  let events = 0;
  await edit(trial, watched, { onProgress: () => events++ });
  return { ...watched.count, events };
}

/** The objective, with its values changed; `evaluation` counts those of one prepared objective from 0. */
function changed(
  objective: EditObjective,
  change: (value: ObjectiveValue, context: ObjectiveContext, evaluation: number) => ObjectiveValue,
): EditObjective {
  return {
    ...objective,
    prepare: async (context) => {
      const prepared = await objective.prepare(context);
      let evaluations = 0;
      return {
        ...prepared,
        evaluate: async (result) => change(await prepared.evaluate(result), context, evaluations++),
      };
    },
  };
}

/** The first and the last of `count`, and some between. */
function spread(count: number): readonly number[] {
  const most = Math.min(count, faults);
  return Array.from({ length: most }, (_, index) => (most === 1 ? 0 : Math.round((index * (count - 1)) / (most - 1))));
}
