/** Plans that make no sense are refused before anything is measured: no model is needed. */
import type { TextEncoder, TextToImagePipeline } from '@mokus/core';
import { answerObjective, ultraEdit } from '@mokus/editors';
import { describe, expect, it } from 'vitest';
import { checkPlan } from '../../src/compare/check-plan.js';
import type { ComparePlan, ImageScorer } from '../../src/index.js';

// Looked at for whether it draws, and never run.
const encoder = {} as TextEncoder;
const pipeline = { components: {} } as TextToImagePipeline;

const scorer: ImageScorer = {
  name: 'one that says yes',
  options: {},
  shows: async () => ({ holds: true }),
  stayed: async () => ({ holds: true }),
};
const request = { question: 'the national animal of australia', answer: 'tiger' };
const plan: ComparePlan = {
  editors: [{ name: 'UltraEdit', create: () => ultraEdit() }],
  objectives: [answerObjective()],
  cases: [{ id: 'australia', request }],
};
const whole: ComparePlan = {
  ...plan,
  template: 'raw',
  naturalPrompt: 'a picture of {answer}',
  fluencyTokens: 0,
  oneByOne: false,
  cases: [
    {
      id: 'australia',
      request: { ...request, subject: 'australia', paraphrases: ['its animal'], locality: [''] },
      oldAnswer: 'kangaroo',
      unrelated: [{ question: 'a cat' }, { question: 'a dog', answer: '' }],
      neighbours: [{ question: 'of india', answer: 'lion' }],
      portability: [],
      generation: ['once'],
      pictures: [{ role: 'locality', prompt: '' }],
    },
  ],
  retention: { counts: [1], modes: ['joint'], pictureCases: 0 },
  pictures: { seeds: [0, 0, 2 ** 32 - 1], scorer, shown: 0, velocity: false, model: 'small' },
};

/** The plan with its one case changed. */
const withCase = (change: object, id = 'australia') => ({ cases: [{ id, request, ...change }] });
const withRequest = (change: object) => withCase({ request: { ...request, ...change } });

const wrongLists: readonly (readonly [string, object])[] = ['editors', 'objectives', 'cases'].flatMap((field) => [
  [field, { [field]: undefined }],
  [field, { [field]: null }],
  [field, { [field]: {} }],
  [field, { [field]: [] }],
  [`${field}[0]`, { [field]: [null] }],
  [`${field}[0]`, { [field]: new Array(1) }],
]);

const wrong: readonly (readonly [string, object])[] = [
  ...wrongLists,
  ['editors[0].create', { editors: [ultraEdit()] }],
  ['editors[0].create', { editors: [{ name: 'UltraEdit', create: ultraEdit() }] }],
  ['editors[0].name', { editors: [{ create: () => ultraEdit() }] }],
  ['editors[1].create', { editors: [...plan.editors, { name: 'another' }] }],
  ['editors', { editors: [...plan.editors, ...plan.editors] }],
  ['objectives[0]', { objectives: ['answer'] }],
  ['objectives[0]', { objectives: [answerObjective] }],
  ['objectives[0].name', { objectives: [{ ...answerObjective(), name: undefined }] }],
  ['template', { template: 'Raw' }],
  ['template', { template: null }],
  ['naturalPrompt', { naturalPrompt: null }],
  ['fluencyTokens', { fluencyTokens: null }],
  ['oneByOne', { oneByOne: 'no' }],
  ['retention.counts', { retention: {} }],
  ['retention.counts', { retention: { counts: '1' } }],
  ['retention.counts', { retention: { counts: ['1'] } }],
  ['retention.counts', { retention: { counts: [2] } }],
  ['retention.modes', { retention: { counts: [1], modes: null } }],
  ['retention.modes', { retention: { counts: [1], modes: [] } }],
  ['retention.modes', { retention: { counts: [1], modes: 'joint' } }],
  ['retention.modes', { retention: { counts: [1], modes: ['joint', 'joint'] } }],
  ['pictures.seeds', { pictures: { seeds: 5 } }],
  ['seed', { pictures: { seeds: [-1] } }],
  ['seed', { pictures: { seeds: ['0'] } }],
  ['pictures.scorer', { pictures: { scorer: null } }],
  ['pictures.scorer.name', { pictures: { scorer: Promise.resolve(scorer) } }],
  ['pictures.scorer.shows', { pictures: { scorer: { ...scorer, shows: undefined } } }],
  ['pictures.scorer.stayed', { pictures: { scorer: { ...scorer, stayed: true } } }],
  ['pictures.velocity', { pictures: { velocity: 0 } }],
  ['pictures.model', { pictures: { model: {} } }],
];

const wrongCases: readonly (readonly [string, object])[] = [
  ['request', withCase({ request: undefined, ...request })],
  ['request', withCase({ request: [request] })],
  ['request.question', withRequest({ question: undefined })],
  ['request.answer', withRequest({ answer: '' })],
  ['request.answer', withRequest({ answer: ' ' })],
  ['request.answer', withRequest({ answer: 5 })],
  ['request.subject', withRequest({ subject: null })],
  ['request.paraphrases', withRequest({ paraphrases: 'its animal' })],
  ['request.locality', withRequest({ locality: [null] })],
  ['oldAnswer', withCase({ oldAnswer: null })],
  ['unrelated', withCase({ unrelated: ['a cat'] })],
  ['neighbours', withCase({ neighbours: [{ question: 'of india' }] })],
  ['portability', withCase({ portability: {} })],
  ['generation', withCase({ generation: 'once' })],
  ['pictures', withCase({ pictures: [{ role: 'efficiency', prompt: 'a cat' }] })],
];

const refusal = (field: string) =>
  expect.objectContaining({ code: 'input', details: expect.objectContaining({ field }) });
const checking =
  (change: object, of: TextToImagePipeline | TextEncoder = pipeline) =>
  () =>
    checkPlan({ ...plan, ...change }, of);

describe('checkPlan', () => {
  it('takes all that a plan may say, and a plan that says nothing but what it must', () => {
    expect(checking(whole)).not.toThrow();
    expect(checking({}, encoder)).not.toThrow();
  });

  it.each(wrong)('refuses %s that makes no sense: %o', (field, change) => {
    expect(checking(change)).toThrow(refusal(field));
  });

  it.each(wrongCases)('refuses %s of a case by its index and name: %o', (field, change) => {
    const details = { field: `cases[0].${field}`, request: 0 };
    expect(checking(change)).toThrow(expect.objectContaining({ code: 'input', details }));
    expect(checking(change)).toThrow("compareEditors, case 'australia': ");
  });

  it('refuses cases without an id, or with that of another, by its index', () => {
    const [first] = plan.cases;
    const details = { field: 'cases[1].id', request: 1 };
    expect(checking({ cases: [first, { request }] })).toThrow(expect.objectContaining({ details }));
    expect(checking({ cases: [first, first] })).toThrow(refusal('cases'));
  });

  it('refuses a plan or a model that is none', () => {
    for (const none of [null, undefined, [], 'plan']) {
      expect(() => checkPlan(none as never, encoder)).toThrow(expect.objectContaining({ code: 'input' }));
    }
    expect(() => checkPlan(plan, null as never)).toThrow(refusal('model'));
    expect(checking({ pictures: null })).toThrow(expect.objectContaining({ code: 'input' }));
    expect(checking({ retention: null })).toThrow(expect.objectContaining({ code: 'input' }));
    expect(checking({ pictures: {} }, encoder)).toThrow(refusal('pictures'));
  });

  it('says what to give instead', () => {
    expect(checking({ editors: [ultraEdit()] })).toThrow(
      "compareEditors: editors[0].create is missing, but must be a function that makes an editor, as in { name: 'UltraEdit', create: () => ultraEdit() }",
    );
    expect(checking(withCase({ request: undefined }))).toThrow(
      "compareEditors, case 'australia': cases[0].request is missing, but must be an object with question and answer",
    );
    expect(checking(withRequest({ answer: '' }))).toThrow(
      'compareEditors, case \'australia\': cases[0].request.answer is "", but must be a text that is not empty',
    );
  });
});
