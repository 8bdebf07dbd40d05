import type { EditRequest, Site } from '../../edit.js';
import type { EditOptions } from '../../editor.js';
import { MokusError, type MokusErrorCode } from '../../errors.js';
import type { TextEncoder } from '../../text-encoder.js';
import { refusalTo } from '../refusal.js';
import type { EditorTrial } from './editor-case.js';
import { leavingNoTrace } from './measure.js';
import { watchedEncoder } from './watched-encoder.js';

/** Requests, sites and options that do not fit. */
export const refusalCases: Readonly<Record<string, (trial: EditorTrial) => Promise<void>>> = {
  'requests that do not fit are refused by their index, before the model is run': async (trial) => {
    const [first, second] = trial.requests;
    const endless = 'word '.repeat(trial.encoder.info.maxLength + 1);
    const wrong: Readonly<Record<string, readonly [MokusErrorCode, readonly EditRequest[], number | undefined]>> = {
      'no request': ['input', [], undefined],
      'an empty question': ['input', [first, { ...second, question: ' ' }], 1],
      'an empty answer': ['input', [first, { ...second, answer: '' }], 1],
      'a request that is null': ['input', [first, null as never], 1],
      'locality that is no list': ['input', [first, { ...second, locality: 'is it?' as never }], 1],
      'locality that is no text': ['input', [first, { ...second, locality: [7 as never] }], 1],
      'a question that is too long': ['prompt', [first, { ...second, question: `${second.question} ${endless}` }], 1],
      'two answers to one question': ['input', [first, second, { ...first, answer: second.answer }], 2],
    };
    for (const [what, [code, requests, index]] of Object.entries(wrong)) {
      await requireRefused(trial, what, code, requests, ({ request }) => request === index);
    }
  },

  'options of an edit that are unknown, or none, are refused before the model is run': async (trial) => {
    const { objective } = trial.aim;
    const wrong: Readonly<Record<string, readonly [unknown, string | undefined]>> = {
      'an unknown option of an edit': [{ objective, noSuchOption: 1 }, 'noSuchOption'],
      'an objective that is a name': [{ objective: objective.name }, 'objective'],
      'options of an edit that are null': [null, undefined],
    };
    for (const [what, [options, named]] of Object.entries(wrong)) {
      await requireRefused(
        trial,
        what,
        'input',
        trial.requests,
        ({ field }) => field === named,
        options as EditOptions,
      );
    }
  },

  'a subject is used, or asked for by name': async (trial) => {
    const [first, { subject: _, ...second }] = trial.requests;
    if (trial.subject.needsSubject !== true) {
      const edit = await trial.subject.create({}).edit(trial.encoder, [second], { objective: trial.aim.objective });
      if (edit.sites.size === 0) throw new Error('a request without a subject changed nothing');
      return;
    }
    for (const [what, request] of [
      ['no subject', second],
      ['a subject that is not in the question', { ...second, subject: `no ${second.question}` }],
    ] as const) {
      await requireRefused(
        trial,
        what,
        'input',
        [first, request],
        ({ request: index, field }) => index === 1 && field === 'subject',
      );
    }
  },

  'sites beyond the encoder`s tap are refused by name, and left out when nobody names them': async (trial) => {
    const { subject, aim, requests, encoder } = trial;
    const lowered = withTapBelowLastLayer(encoder);
    const above = lowered.sites.filter((site) => !site.reachesTap);
    if (subject.sites === 'none') {
      const edit = await subject.create({}).edit(lowered, [requests[0]], { objective: aim.objective });
      const wrong = above.find(({ id }) => edit.sites.has(id));
      if (wrong !== undefined) throw new Error(`it changes ${wrong.id}`);
      return;
    }
    const options = subject.sites ?? ((sites: readonly string[]) => ({ sites }));
    for (const id of [...above.map((site) => site.id), 'layers.0.mlp.nothing']) {
      await leavingNoTrace(id, encoder, async () => {
        const { code, details } = await refusalTo(`the site ${id}`, 'site', () =>
          subject.create(options([id])).edit(lowered, [requests[0]], { objective: aim.objective }),
        );
        if (code !== 'site' || details.site !== id) throw new Error(`${id} is refused as '${code}' of ${details.site}`);
      });
    }
  },

  'unknown options, and values out of their range, are refused by name': async ({ subject }) => {
    const wrong = [
      ['noSuchOption', 1] as const,
      ...Object.entries(subject.wrongOptions).flatMap(([name, values]) =>
        values.map((value) => [name, value] as const),
      ),
    ];
    for (const [name, value] of wrong) {
      const what = `the option ${name} ${String(value)}`;
      const { code, details } = await refusalTo(what, 'input', () => subject.create({ [name]: value }));
      if (code !== 'input' || details.field !== name) {
        throw new Error(`${what} is refused as '${code}' of ${details.field}`);
      }
    }
  },
};

/** Throws unless the requests are refused by this code and these details, with nothing run and no trace left. */
async function requireRefused(
  { subject, aim, encoder }: EditorTrial,
  what: string,
  code: MokusErrorCode,
  requests: readonly EditRequest[],
  fits: (details: MokusError['details']) => boolean,
  options: EditOptions = { objective: aim.objective },
): Promise<void> {
  const watched = watchedEncoder(encoder);
  await leavingNoTrace(what, encoder, async () => {
    const refused = await refusalTo(what, code, () => subject.create({}).edit(watched, requests, options));
    if (refused.code !== code || !fits(refused.details)) {
      const { request, field } = refused.details;
      throw new Error(`${what} is refused as '${refused.code}' of request ${request}, ${field}: ${refused.message}`);
    }
  });
  if (watched.count.runs > 0) throw new Error(`${what}: the model was run ${watched.count.runs} times`);
}

/** The encoder as one whose tap lies below its last layer: that layer's sites cannot be edited. */
function withTapBelowLastLayer(encoder: TextEncoder): TextEncoder {
  const last = encoder.info.layers - 1;
  const sites = encoder.sites.map((site): Site => ({ ...site, reachesTap: site.reachesTap && site.layer < last }));
  return {
    ...watchedEncoder(encoder),
    info: { ...encoder.info, tap: last },
    sites,
    pushDelta: (id, delta) => {
      if (sites.find((site) => site.id === id)?.reachesTap === false) {
        throw new MokusError('site', `site '${id}' lies above the tap`, { site: id });
      }
      return encoder.pushDelta(id, delta);
    },
  };
}
