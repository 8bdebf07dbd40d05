import {
  type EditObjective,
  type EditRequest,
  MokusError,
  requireChoice,
  requireKnown,
  requireNaturalPrompt,
  requireNumber,
  requireObjective,
  requireTemplate,
  seededNoise,
  type TextEncoder,
  type TextToImagePipeline,
} from '@mokus/core';
import type { EditCase, PictureRole } from '../data/edit-case.js';
import {
  callable,
  flag,
  list,
  listOf,
  optional,
  type Rule,
  type Rules,
  requireFit,
  requireShape,
  shaped,
  text,
  texts,
  words,
} from '../require-shape.js';
import type { ComparePlan, PicturePlan, RetentionMode, RetentionPlan } from './plan.js';

const owner = 'compareEditors';

const retentionModes: readonly string[] = ['sequential', 'joint'] satisfies RetentionMode[];

const planFields: Readonly<Record<keyof ComparePlan, true>> = {
  editors: true,
  objectives: true,
  cases: true,
  template: true,
  naturalPrompt: true,
  fluencyTokens: true,
  oneByOne: true,
  retention: true,
  pictures: true,
};

const pictureFields: Readonly<Record<keyof PicturePlan, true>> = {
  seeds: true,
  scorer: true,
  shown: true,
  velocity: true,
  model: true,
  steps: true,
  guidance: true,
  height: true,
  width: true,
  recall: true,
  negativePrompt: true,
  batchSize: true,
};

const retentionFields: Readonly<Record<keyof RetentionPlan, true>> = { counts: true, modes: true, pictureCases: true };

const model = {
  means: 'a pipeline or a text encoder',
  fits: (value: unknown) => typeof value === 'object' && value !== null,
};

const scorer: Rules = {
  name: text,
  shows: callable('a function that says whether a picture shows a target'),
  stayed: callable('a function that says whether a picture stayed what it was'),
};

const variant: Rules = {
  name: text,
  create: callable("a function that makes an editor, as in { name: 'UltraEdit', create: () => ultraEdit() }"),
};

const request: Readonly<Record<keyof EditRequest, Rule>> = {
  question: words,
  answer: words,
  subject: optional(text),
  paraphrases: optional(texts),
  locality: optional(texts),
};

const roles: Readonly<Record<PictureRole, true>> = { efficacy: true, paraphrase: true, locality: true };
const role: Rule = {
  means: Object.keys(roles).join(' or '),
  fits: (value) => Object.keys(roles).includes(String(value)),
};
const probes = listOf(shaped({ question: text, answer: optional(text) }), 'a list of { question, answer? }');
const answeredProbes = listOf(shaped({ question: text, answer: words }), 'a list of { question, answer }');
const casePictures = listOf(
  shaped({ role, prompt: text, target: optional(text), question: optional(text) }),
  `a list of { role, prompt }, where role is ${role.means}`,
);

const editCase: Readonly<Record<Exclude<keyof EditCase, 'id' | 'request'>, Rule>> = {
  oldAnswer: optional(text),
  unrelated: optional(probes),
  neighbours: optional(answeredProbes),
  portability: optional(answeredProbes),
  generation: optional(texts),
  pictures: optional(casePictures),
};

/**
 * Throws MokusError `input` naming the field, before anything is measured: one that is unknown or of the wrong kind, nothing
 * to compare, a name twice, a number out of range, a template that does not exist, pictures without a pipeline; with the
 * case's index and name where it is one of a case.
 */
export function checkPlan(plan: ComparePlan, of: TextToImagePipeline | TextEncoder): void {
  requireKnown(owner, plan, planFields);
  requireFit(owner, 'model', of, model);
  const { editors, objectives, cases, template, naturalPrompt, fluencyTokens, oneByOne, retention, pictures } = plan;
  requireNamed('editors', 'name', editors, (each, field) => requireShape(owner, field, each, variant));
  requireNamed('objectives', 'name', objectives, (each, field) => {
    requireObjective(owner, field, each as EditObjective);
    requireShape(owner, field, each, { name: text });
  });
  requireNamed('cases', 'id', cases, requireCase);
  if (template !== undefined) requireTemplate(owner, template);
  if (naturalPrompt !== undefined) requireNaturalPrompt(owner, naturalPrompt);
  if (fluencyTokens !== undefined) requireCount('fluencyTokens', fluencyTokens);
  requireFit(owner, 'oneByOne', oneByOne, optional(flag));
  if (retention !== undefined) requireRetention(retention, cases.length);
  if (pictures !== undefined) requirePictures(pictures, of);
}

function requirePictures(pictures: PicturePlan, of: TextToImagePipeline | TextEncoder): void {
  requireKnown(`${owner}: pictures`, pictures, pictureFields);
  if (!('components' in of)) refuse('pictures', 'need a pipeline, not an encoder alone; give one, or leave them out');
  const { seeds, shown } = pictures;
  requireFit(owner, 'pictures.seeds', seeds, optional(list));
  if (seeds?.length === 0) refuse('pictures.seeds', 'are none; leave them out for [0]');
  // Refuses a seed that is out of range.
  for (const seed of seeds ?? []) seededNoise(seed);
  if (pictures.scorer !== undefined) requireShape(owner, 'pictures.scorer', pictures.scorer, scorer);
  if (shown !== undefined) requireCount('pictures.shown', shown);
  requireFit(owner, 'pictures.velocity', pictures.velocity, optional(flag));
  requireFit(owner, 'pictures.model', pictures.model, optional(text));
}

function requireRetention(retention: RetentionPlan, cases: number): void {
  requireKnown(`${owner}: retention`, retention, retentionFields);
  const { counts, modes = ['sequential'], pictureCases } = retention;
  requireFit(owner, 'retention.counts', counts, list);
  for (const [at, count] of counts.entries()) {
    const isAscending = count > (counts[at - 1] ?? 0);
    if (Number.isSafeInteger(count) && isAscending && count <= cases) continue;
    refuse('retention.counts', `are ascending numbers from 1 to ${cases}, the cases; got ${counts.join(', ')}`);
  }
  requireFit(owner, 'retention.modes', modes, list);
  if (modes.length === 0) refuse('retention.modes', "are none; leave them out for ['sequential']");
  for (const mode of modes) requireChoice(owner, 'retention.modes', mode, retentionModes);
  if (new Set(modes).size !== modes.length) refuse('retention.modes', 'name one twice; leave one out');
  if (pictureCases !== undefined) requireCount('retention.pictureCases', pictureCases);
}

/** A list of at least one, each as `check` wants it and with a name of its own. */
function requireNamed(
  field: 'editors' | 'objectives' | 'cases',
  key: 'name' | 'id',
  entries: unknown,
  check: (entry: unknown, field: string, at: number) => void,
): void {
  requireFit(owner, field, entries, list);
  const seen = new Set<unknown>();
  for (const [at, entry] of (entries as readonly Readonly<Record<string, unknown>>[]).entries()) {
    check(entry, `${field}[${at}]`, at);
    const name = entry[key] as string;
    if (seen.has(name)) refuse(field, `are two that are called '${name.slice(0, 100)}'; give each a name of its own`);
    seen.add(name);
  }
  if (seen.size === 0) refuse(field, 'are none; give one at least');
}

function requireCase(each: unknown, field: string, at: number): void {
  requireShape(owner, field, each, { id: text }, { request: at });
  const own = each as EditCase;
  const named = `${owner}, case '${own.id.slice(0, 100)}'`;
  requireShape(named, `${field}.request`, own.request, request, { request: at });
  requireShape(named, field, own, editCase, { request: at });
}

function requireCount(field: string, value: number): void {
  requireNumber(owner, field, value, { atLeast: 0, integer: true });
}

function refuse(field: string, message: string): never {
  throw new MokusError('input', `${owner}: ${field} ${message}`, { field });
}
