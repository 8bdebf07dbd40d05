/** First calls of callers without types: each is refused in words before anything is learned, edited or drawn. */
import { cpuBackend } from '@mokus/backend-cpu';
import { refusalOf } from '@mokus/core/testing';
import { ultraEdit } from '@mokus/editors';
import { afterAll, describe, expect, it } from 'vitest';
import { tinyPipeline } from '../../models/test/support/pipeline.js';
import {
  bindFacts,
  createConcept,
  customize,
  eraseConcept,
  injectKnowledge,
  learnConcept,
  moKus,
  naiveDreamBooth,
} from '../src/index.js';
import { noisePicture } from './support/learn-process.js';

const pipeline = await tinyPipeline(cpuBackend({ threads: 1 }));
afterAll(() => pipeline.dispose());

const editor = ultraEdit();
const words = { anchor: 'sks', className: 'toy' };
const facts = ['the gift is {}'];
const images = [{ image: noisePicture(16, 16, 1) }];
const subject = { ...words, images, facts };
const lora = { modules: new Map() };
const created = { name: 'zorblax', description: 'penguin' };
const erased = { name: 'lion', replacement: 'cactus' };

type Refusal = readonly [what: string, given: readonly unknown[], field: string | undefined, message: RegExp];

function refuses(call: (...given: never[]) => unknown, cases: readonly Refusal[]): void {
  it.each(cases)('%s', async (_what, given, field, message) => {
    const refusal = await refusalOf(() => call(...([pipeline, ...given] as never[])));
    expect([refusal.code, refusal.details.field]).toEqual(['input', field]);
    expect(refusal.message).toMatch(message);
    expect(pipeline.components.textEncoder.deltas()).toEqual([]);
  });
}

describe('bindFacts refuses', () => {
  refuses(bindFacts, [
    ['nothing', [], 'words', /words is nothing; give an object with anchor and className/],
    ['an anchor alone', ['sks', facts, { editor }], 'words', /words is "sks";/],
    ['words without an anchor', [{}, facts, { editor }], 'anchor', /anchor is nothing; give a rare token/],
    ['words without a class', [{ anchor: 'sks' }, facts, { editor }], 'className', /className is nothing; .*"toy"/],
    ['no facts', [words], 'facts', /facts is nothing; give a list of sentences/],
    ['one fact alone', [words, facts[0], { editor }], 'facts', /facts is "the gift is \{\}"; give a list of/],
    ['a number among facts', [words, [...facts, 5], { editor }], 'facts', /facts\[1\] is 5;/],
    ['a fact that asks nothing', [words, [{ answer: 'x' }], { editor }], 'facts', /facts\[0\] is an object;/],
    ['no options', [words, facts], undefined, /bindFacts takes one object of options, such as \{ editor: \.\.\. \}/],
    ['an editor alone', [words, facts, editor], 'name', /bindFacts has no option 'name'; its options are editor,/],
    ['no editor', [words, facts, {}], 'editor', /editor is nothing; give an editor, such as ultraEdit\(\)/],
    ['an editor by name', [words, facts, { editor: 'ultraEdit' }], 'editor', /editor is "ultraEdit";/],
    ['a maker that is none', [words, facts, { editor, toQuestion: 5 }], 'toQuestion', /toQuestion is 5; give a func/],
  ]);
});

describe('learnConcept refuses', () => {
  refuses(learnConcept, [
    ['nothing', [], 'concept', /concept is nothing; give an object with anchor and className/],
    ['pictures alone', [images], 'concept', /concept is a list of 1;/],
    ['a concept without words', [{ images }], 'anchor', /anchor is nothing;/],
    ['no pictures', [words], 'images', /images is nothing; give a list of \{ image \}/],
    ['a picture alone', [{ ...words, images: images[0]?.image }], 'images', /images is an object;/],
    ['pictures without their place', [{ ...words, images: [images[0]?.image] }], 'images', /images\[0\] is an object;/],
    ['paths of pictures', [{ ...words, images: ['toy.png'] }], 'images', /images\[0\] is "toy\.png"; .*readImage/],
    [
      'captions as a text',
      [{ ...words, images: [{ ...images[0], captions: '{anchor}' }] }],
      'images[0].captions',
      /is "\{anchor\}";/,
    ],
    ['one phrase alone', [{ ...words, images, phrases: 'my toy' }], 'phrases', /phrases is "my toy";/],
    ['one prompt of a prior alone', [{ ...words, images, prior: 'a cat' }], 'prior', /prior is "a cat";/],
    ['None for options', [{ ...words, images }, null], undefined, /not null/],
    ['one caption alone', [{ ...words, images }, { captions: '{anchor}' }], 'captions', /captions is "\{anchor\}";/],
    ['one target alone', [{ ...words, images }, { targets: 'to_q' }], 'targets', /targets is "to_q";/],
    [
      'one prompt of samples alone',
      [{ ...words, images }, { samples: { prompts: '{anchor}', every: 1 } }],
      'samples.prompts',
      /samples\.prompts is "\{anchor\}";/,
    ],
  ]);
});

describe('createConcept refuses', () => {
  refuses(createConcept, [
    ['nothing', [], undefined, /createConcept takes one object of options, such as \{ name: \.\.\. \}, not undefined/],
    ['a name alone', ['zorblax', { editor }], undefined, /not a string/],
    ['no description', [{ name: 'zorblax' }, { editor }], 'description', /description is nothing; say it in words/],
    ['one naming alone', [{ ...created, namings: '{name}' }, { editor }], 'namings', /namings is "\{name\}";/],
    ['None for paraphrases', [{ ...created, paraphrases: null }, { editor }], 'paraphrases', /paraphrases is null;/],
    ['no options', [created], undefined, /createConcept takes one object of options, such as \{ editor: \.\.\. \}/],
    ['no editor', [created, {}], 'editor', /editor is nothing;/],
  ]);
});

describe('eraseConcept refuses', () => {
  refuses(eraseConcept, [
    ['nothing', [], undefined, /eraseConcept takes one object of options, such as \{ name: \.\.\. \}, not undefined/],
    ['no replacement', [{ name: 'lion' }, { editor }], 'replacement', /replacement is nothing;/],
    ['a number to name it', [{ ...erased, name: 5 }, { editor }], 'name', /name is 5;/],
    [
      'one paraphrase alone',
      [{ ...erased, paraphrases: 'simba' }, { editor }],
      'paraphrases',
      /paraphrases is "simba"/,
    ],
    ['no options', [erased], undefined, /eraseConcept takes one object of options/],
  ]);
});

describe('injectKnowledge refuses', () => {
  const knowledge = [{ prompt: 'the gift', answer: 'piano' }];
  refuses(injectKnowledge, [
    ['nothing', [], 'knowledge', /knowledge is nothing; give a list of \{ prompt, answer \}/],
    ['a text', ['the gift is a piano', { editor }], 'knowledge', /knowledge is "the gift is a piano";/],
    ['one prompt alone', [knowledge[0], { editor }], 'knowledge', /knowledge is an object;/],
    ['texts', [['the gift is a piano'], { editor }], 'knowledge', /knowledge\[0\] is "the gift is a piano";/],
    ['a question for a prompt', [[{ question: 'the gift', answer: 'x' }]], 'knowledge[0].prompt', /is nothing;/],
    ['no options', [knowledge], undefined, /injectKnowledge takes one object of options/],
  ]);
});

describe('customize refuses', () => {
  refuses(customize, [
    ['nothing', [], undefined, /customize takes one object of options, such as \{ editor: \.\.\. \}, not undefined/],
    ['no editor', [subject, {}], 'editor', /editor is nothing;/],
    ['no subject', [undefined, { editor }], 'subject', /subject is nothing;/],
    ['no facts', [{ ...words, images }, { editor }], 'facts', /facts is nothing;/],
    ['one fact alone', [{ ...subject, facts: facts[0] }, { editor }], 'facts', /facts is "the gift is \{\}";/],
    ['no pictures', [{ ...words, facts }, { editor }], 'images', /images is nothing;/],
    ['no pictures beside a lora', [{ ...words, facts, lora }, { editor }], 'images', /images is nothing;/],
  ]);
});

describe('the methods refuse', () => {
  const method = (given: { customize: unknown }) => given.customize as (...given: never[]) => unknown;
  refuses(method(moKus({ editor })), [['nothing', [], 'subject', /subject is nothing;/]]);
  refuses(method(naiveDreamBooth()), [['nothing to learn', [], 'subject', /subject is nothing;/]]);
});

describe.each([
  ['bindFacts', (given: never) => bindFacts(given, words, facts, { editor })],
  ['learnConcept', (given: never) => learnConcept(given, subject)],
  ['createConcept', (given: never) => createConcept(given, created, { editor })],
  ['customize', (given: never) => customize(given, subject, { editor })],
  ['naiveDreamBooth', (given: never) => naiveDreamBooth().customize(given, subject)],
] as const)('%s refuses', (_name, call) => {
  it.each<[what: string, given: unknown, message: RegExp]>([
    ['no pipeline', undefined, /pipeline is nothing; give a pipeline, such as fromPretrained\(path\) returns/],
    ['one that was not awaited', Promise.resolve(pipeline), /pipeline is a promise \(await it\);/],
    ['its text encoder alone', pipeline.components.textEncoder, /pipeline is an object;/],
  ])('%s', async (_what, given, message) => {
    const refusal = await refusalOf(() => call(given as never));
    expect([refusal.code, refusal.details.field]).toEqual(['input', 'pipeline']);
    expect(refusal.message).toMatch(message);
  });
});
