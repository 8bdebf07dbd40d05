import type { EditProvenance } from '../../edit.js';
import { EditStack } from '../../pipeline/edit-stack.js';
import type { ProgressEvent } from '../../progress.js';
import { requireAlike, requireDifferent } from '../expectations.js';
import { outputsOf } from '../text-encoder/probe.js';
import type { EditorTrial } from './editor-case.js';
import {
  answerProbability,
  leavingNoTrace,
  lossesWith,
  requireSameSites,
  requireTrace,
  traceOf,
  withEdit,
} from './measure.js';

type EditEvent = Extract<ProgressEvent, { kind: 'edit' }>;

/** A loss that an editor reports against the one that the kit computes, as a share of the larger one's magnitude. */
const lossTolerance = 1e-4;

/** What an edit does, for every objective. */
export const writingCases: Readonly<Record<string, (trial: EditorTrial) => Promise<void>>> = {
  'the answer becomes as probable as declared, the objective falls, and revert is bit-exact': async (trial) => {
    const { subject, aim, encoder, requests } = trial;
    const editor = subject.create({});
    const before = await traceOf(encoder);
    const edit = await editor.edit(encoder, [requests[0]], { objective: aim.objective });
    await requireTrace('making the edit', encoder, before);
    requireProvenance(edit.provenance, {
      baseModel: await encoder.fingerprint(),
      editor: editor.name,
      objective: aim.objective.name,
      template: 'pipeline',
      requests: [requests[0]],
    });
    const { before: old, after } = await lossesWith(encoder, aim.objective, [requests[0]], edit);
    if (!(after < old)) throw new Error(`the objective was ${old} and is ${after}`);
    const unedited = await answerProbability(encoder, requests[0]);
    const probability = await withEdit(encoder, edit, () => answerProbability(encoder, requests[0]));
    if (aim.floor > 0 && !(probability >= aim.floor && probability > unedited)) {
      throw new Error(
        `the answer's probability was ${unedited} and is ${probability}, but ${aim.floor} or more is declared`,
      );
    }
  },

  'progress runs from the loss before to the loss with the edit': async ({ subject, aim, encoder, requests }) => {
    const editor = subject.create({});
    const events: EditEvent[] = [];
    const edit = await editor.edit(encoder, requests, {
      objective: aim.objective,
      onProgress: (event) => {
        if (event.kind === 'edit') events.push(event);
      },
    });
    const [first, last] = [events[0], events.at(-1)];
    if (first === undefined || last === undefined || events.length < 2) {
      throw new Error(`${events.length} events of kind 'edit' came, expected one before the first turn and one a turn`);
    }
    for (const [index, { editor: name, turn, maxTurns, loss, satisfied, requests: count }] of events.entries()) {
      const event = `event ${index}`;
      if (name !== editor.name) throw new Error(`${event} is of the editor '${name}'`);
      if (count !== 2 || !(satisfied >= 0 && satisfied <= 2)) throw new Error(`${event}: ${satisfied} of ${count}`);
      const least = index === 0 ? 0 : (events[index - 1]?.turn ?? 0) + 1;
      if (!Number.isInteger(turn) || turn < least || turn > maxTurns || (index === 0 && turn !== 0)) {
        throw new Error(`${event} is of turn ${turn} of ${maxTurns}, expected ${least} or more`);
      }
      if (!Number.isFinite(loss)) throw new Error(`${event}: the loss is ${loss}`);
    }
    const { before, after } = await lossesWith(encoder, aim.objective, requests, edit);
    requireAlike('the first loss', [first.loss], [before], lossTolerance);
    requireAlike('the last loss', [last.loss], [after], lossTolerance);
  },

  'the same seed gives the same edit': async ({ subject, aim, encoder, requests }) => {
    const options = { objective: aim.objective };
    const { seed } = subject;
    const seeded = (value: number): Readonly<Record<string, unknown>> => (seed === undefined ? {} : { [seed]: value });
    const editor = subject.create(seeded(1));
    const first = await editor.edit(encoder, [requests[0]], options);
    const others = { 'the same editor': editor, 'another one with the same options': subject.create(seeded(1)) };
    for (const [what, other] of Object.entries(others)) {
      requireSameSites(what, await other.edit(encoder, [requests[0]], options), first);
    }
    if (seed === undefined) return;
    const other = await subject.create(seeded(2)).edit(encoder, [requests[0]], options);
    const outputs = (edit: typeof first): Promise<Float32Array> => withEdit(encoder, edit, () => outputsOf(encoder));
    const [one, two] = [await outputs(first), await outputs(other)];
    if (one.every((value, at) => value === two[at])) throw new Error(`${seed} 1 and 2 give the same edit`);
  },

  'edits stack in order, each made on top of those before': async ({ subject, aim, encoder, requests }) => {
    const { objective } = aim;
    const editor = subject.create({});
    const base = await traceOf(encoder);
    const stack = new EditStack(encoder);
    const first = await editor.edit(encoder, [requests[0]], { objective });
    await stack.apply(first);
    const firstAlone = await outputsOf(encoder);
    let reported: number | undefined;
    const second = await editor.edit(encoder, [requests[1]], {
      objective,
      onProgress: (event) => {
        if (event.kind === 'edit') reported ??= event.loss;
      },
    });
    const { before } = await lossesWith(encoder, objective, [requests[1]], second);
    requireAlike('the loss that the second edit starts from', [reported ?? Number.NaN], [before], lossTolerance);
    await stack.apply(second);
    const sites = encoder.deltas().map(({ handle }) => handle.site);
    const expected = [...base.handles.map(({ site }) => site), ...first.sites.keys(), ...second.sites.keys()];
    if (sites.join() !== expected.join()) throw new Error(`pushed are ${sites.join(', ')}`);
    const both = await outputsOf(encoder);
    requireDifferent('the first edit', firstAlone, base.outputs);
    requireDifferent('the second edit', both, firstAlone);
    stack.revert(second);
    requireAlike('the first edit alone', await outputsOf(encoder), firstAlone, 0);
    await stack.apply(second);
    requireAlike('both edits again', await outputsOf(encoder), both, 0);
    stack.revert(first);
    const secondAlone = await outputsOf(encoder);
    stack.revert(second);
    await requireTrace('reverting both', encoder, base);
    await stack.apply(second);
    requireAlike('the second edit alone', await outputsOf(encoder), secondAlone, 0);
    stack.revert(second);
  },

  'an edit that was saved and loaded computes the same': async ({ subject, aim, encoder, requests }) => {
    const edit = await subject.create({}).edit(encoder, [requests[0]], { objective: aim.objective });
    const loaded = await subject.roundTrip(edit);
    requireSameSites('the loaded edit', loaded, edit);
    requireProvenance(loaded.provenance, edit.provenance);
    const [own, read] = [
      await withEdit(encoder, edit, () => outputsOf(encoder)),
      await withEdit(encoder, loaded, () => outputsOf(encoder)),
    ];
    requireAlike('the outputs with the loaded edit', read, own, 0);
  },

  'requests that are satisfied already change nothing': async ({ subject, aim, encoder, requests }) => {
    const objective = {
      ...aim.objective,
      prepare: async (context: Parameters<typeof aim.objective.prepare>[0]) => {
        const prepared = await aim.objective.prepare(context);
        return {
          ...prepared,
          evaluate: async (result: Parameters<typeof prepared.evaluate>[0]) => {
            const value = await prepared.evaluate(result);
            return { ...value, requests: value.requests.map(({ loss }) => ({ loss, satisfied: true })) };
          },
        };
      },
    };
    await leavingNoTrace('an edit of nothing', encoder, async () => {
      const edit = await subject.create({}).edit(encoder, requests, { objective });
      if (edit.sites.size > 0) throw new Error(`it changes ${[...edit.sites.keys()].join(', ')}`);
    });
  },

  'an edit under another template acts under it': async ({ subject, aim, encoder, requests }) => {
    for (const template of aim.templates ?? ['raw']) {
      const options = { objective: aim.objective, template };
      const edit = await subject.create({}).edit(encoder, [requests[0]], options);
      if (edit.provenance.template !== template) throw new Error(`its template is '${edit.provenance.template}'`);
      const { before, after } = await lossesWith(encoder, aim.objective, [requests[0]], edit);
      if (!(after < before)) throw new Error(`${template}: the objective was ${before} and is ${after}`);
    }
  },
};

/** Throws unless the provenance has these fields, and its options are JSON. */
function requireProvenance(got: EditProvenance, expected: Partial<EditProvenance>): void {
  for (const [field, value] of Object.entries(expected)) {
    const own = JSON.stringify(got[field as keyof EditProvenance]);
    if (own !== JSON.stringify(value)) throw new Error(`its ${field} is ${own}, expected ${JSON.stringify(value)}`);
  }
  requireJson('options', got.options);
}

function requireJson(what: string, value: unknown): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || Number.isFinite(value)) return;
  if (typeof value !== 'object' || ![Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value))) {
    throw new Error(`provenance.${what} is ${String(value)}, which JSON has no form for`);
  }
  for (const [name, each] of Object.entries(value)) requireJson(`${what}.${name}`, each);
}
