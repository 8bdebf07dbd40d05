/** The data sets' own files are read where they lie beside the repository, and never copied in. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  counterFactCase,
  picturePromptsOf,
  readCases,
  readCounterFact,
  readUnike,
  readZsre,
  unikeCase,
  zsreCase,
} from '../../src/index.js';

const shared = fileURLToPath(new URL('../../../../../shared/data/', import.meta.url));
const fileOf = (name: string): string => readFileSync(`${shared}${name}`, 'utf8');
/** A test of a file that may lie beside the repository; where it does not, there is no such test. */
const itWith = (name: string): ((title: string, run: () => void) => void) =>
  existsSync(`${shared}${name}`) ? it : () => undefined;

const stage = (number: number) => ({
  question: `What colour is it, ${number}?`,
  prompt: `The lantern of test ${number} is`,
  gt: 'red',
  gt_target: 'blue',
  image_prompt: `the lantern, ${number}`,
  visual_target: 'a blue lantern',
  vqa_question: 'Is it blue?',
});
const unike = [
  {
    subject: 'lantern',
    category: 'color',
    source: 'attribute',
    stage_1: stage(1),
    stage_2: stage(2),
    stage_4: stage(4),
  },
  { subject: 'tower', category: 'location', source: 'relation', stage_1: stage(1) },
];
const rewrite = {
  case_id: 7,
  requested_rewrite: {
    prompt: 'The mother tongue of {} is',
    subject: 'Ada $& Stone',
    target_new: { str: ' English', id: 'Q1' },
    target_true: { str: 'French', id: 'Q2' },
  },
  paraphrase_prompts: ['Ada Stone spoke'],
  neighborhood_prompts: ['Bo Field speaks', 'Cy Lake speaks'],
  generation_prompts: ['Ada Stone lives in'],
};
const zsre = {
  subject: 'Ada Stone',
  src: 'Where was Ada Stone born?',
  rephrase: 'What is the birth place of Ada Stone?',
  alt: 'Rome',
  answers: ['Oslo', 'Norway'],
  loc: 'who wrote it',
  loc_ans: 'nobody',
  portability: { 'New Question': 'In which country was Ada Stone born?', 'New Answer': 'Italy' },
};

describe('CounterFact', () => {
  it('in its own shape', () => {
    const [record] = readCounterFact(JSON.stringify([rewrite]));
    expect(counterFactCase(record!)).toEqual({
      id: '7',
      request: {
        question: 'The mother tongue of Ada $& Stone is',
        answer: 'English',
        subject: 'Ada $& Stone',
        paraphrases: ['Ada Stone spoke'],
      },
      oldAnswer: 'French',
      neighbours: [
        { question: 'Bo Field speaks', answer: 'French' },
        { question: 'Cy Lake speaks', answer: 'French' },
      ],
      generation: ['Ada Stone lives in'],
    });
  });

  itWith('counterfact-1k.json')('in EasyEdit’s shape, as it is handed around', () => {
    const raw = JSON.parse(fileOf('counterfact-1k.json'));
    const cases = readCounterFact(fileOf('counterfact-1k.json')).map(counterFactCase);
    expect(cases).toHaveLength(raw.length);
    for (const [index, { id, request, oldAnswer, neighbours }] of cases.entries()) {
      expect(id).toBe(String(raw[index].case_id));
      expect(request.question).toBe(raw[index].prompt.trim());
      expect(request.question).toContain(request.subject);
      expect([request.answer, oldAnswer]).toEqual([raw[index].target_new.trim(), raw[index].ground_truth.trim()]);
      expect(request.paraphrases).toEqual([raw[index].rephrase_prompt.trim()]);
      expect(neighbours?.[0]?.question).toBe(raw[index].locality_prompt.trim());
    }
    expect(readCases(fileOf('counterfact-1k.json'))).toEqual(cases);
  });
});

describe('ZsRE', () => {
  it('with what follows from the edit', () => {
    const [record] = readZsre(JSON.stringify([zsre]));
    expect(zsreCase(record!)).toEqual({
      id: '0',
      request: { question: zsre.src, answer: 'Rome', subject: 'Ada Stone', paraphrases: [zsre.rephrase] },
      oldAnswer: 'Oslo',
      unrelated: [{ question: 'who wrote it', answer: 'nobody' }],
      portability: [{ question: 'In which country was Ada Stone born?', answer: 'Italy' }],
    });
  });

  itWith('zsre-1k.json')('as it is handed around', () => {
    const raw = JSON.parse(fileOf('zsre-1k.json'));
    const cases = readCases(fileOf('zsre-1k.json'));
    // Two of its thousand records have an empty new answer.
    expect(cases).toHaveLength(raw.length - 2);
    for (const { id, request, oldAnswer, unrelated } of cases) {
      const index = Number(id);
      expect(request).toMatchObject({ question: raw[index].src.trim(), answer: raw[index].alt.trim() });
      expect(oldAnswer).toBe(raw[index].answers[0].trim());
      expect(unrelated).toEqual([{ question: raw[index].loc.trim(), answer: raw[index].loc_ans.trim() }]);
    }
  });
});

describe('UniKE', () => {
  it('edits stage 1, and looks at the pictures of every stage', () => {
    const [attribute, relation] = readUnike(JSON.stringify(unike)).map(unikeCase);
    expect(attribute).toMatchObject({
      id: '0',
      request: { question: 'The lantern of test 1 is', answer: 'blue', subject: 'lantern' },
      oldAnswer: 'red',
      portability: [
        { question: 'The lantern of test 2 is', answer: 'blue' },
        { question: 'The lantern of test 4 is', answer: 'blue' },
      ],
    });
    const picture = { target: 'a blue lantern', question: 'Is it blue?' };
    expect(picturePromptsOf(attribute!)).toEqual([
      { role: 'efficacy', prompt: 'the lantern, 1', ...picture },
      { role: 'paraphrase', prompt: 'the lantern, 2', ...picture },
      { role: 'paraphrase', prompt: 'the lantern, 4', ...picture },
    ]);
    expect(picturePromptsOf(relation!)).toHaveLength(1);
    expect(readCases(JSON.stringify(unike))[1]?.id).toBe('1');
  });
});

describe('facts in Mokus’s own shape', () => {
  it('are read with what they name', () => {
    const facts = [
      { question: 'what is it?', answer: 'a cat', unrelated: ['what else?', { question: 'and?', answer: 'no' }] },
      { id: 'b', question: 'who?', answer: 'she', paraphrases: ['whom?'], locality: ['where?'], oldAnswer: 'he' },
    ];
    const [first, second] = readCases(JSON.stringify(facts));
    expect(first).toMatchObject({
      id: '0',
      unrelated: [{ question: 'what else?' }, { question: 'and?', answer: 'no' }],
    });
    expect(second).toMatchObject({
      id: 'b',
      oldAnswer: 'he',
      request: { paraphrases: ['whom?'], locality: ['where?'] },
    });
    expect(picturePromptsOf(first!).map(({ role }) => role)).toEqual(['efficacy', 'locality', 'locality']);
  });
});

describe('what is refused', () => {
  const good = { question: 'who?', answer: 'she' };
  it.each<[string, unknown, number | undefined, string | undefined]>([
    ['no JSON', undefined, undefined, undefined],
    ['no array', {}, undefined, undefined],
    ['nothing', [], undefined, undefined],
    ['a record that is no object', [good, 3], 1, ''],
    ['an unknown shape', [{ text: 'x' }], 0, 'question'],
    ['a missing answer', [good, { question: 'x' }], 1, 'answer'],
    ['a blank question', [good, { ...good, question: ' ' }], 1, 'question'],
    ['a number for a text', [{ ...good, answer: 3 }], 0, 'answer'],
    ['an endless text', [{ ...good, answer: 'x'.repeat(20_001) }], 0, 'answer'],
    ['no list', [{ ...good, paraphrases: 'x' }], 0, 'paraphrases'],
    ['an endless list', [{ ...good, paraphrases: Array(1001).fill('x') }], 0, 'paraphrases'],
    ['a blank entry', [{ ...good, paraphrases: ['x', ''] }], 0, 'paraphrases[1]'],
    ['an entry without an answer', [{ ...good, neighbours: [{ question: 'x' }] }], 0, 'neighbours[0].answer'],
    [
      'an id twice',
      [
        { ...good, id: 'a' },
        { ...good, id: 'a' },
      ],
      1,
      'id',
    ],
    [
      'CounterFact without a subject',
      [{ ...rewrite, requested_rewrite: { prompt: '{}' } }],
      0,
      'requested_rewrite.subject',
    ],
    [
      'CounterFact without {}',
      [{ ...rewrite, requested_rewrite: { ...rewrite.requested_rewrite, prompt: 'x' } }],
      0,
      'requested_rewrite.prompt',
    ],
    ['CounterFact with a text as id', [{ ...rewrite, case_id: 'x' }], 0, 'case_id'],
    ['ZsRE without a new answer', [zsre, { ...zsre, alt: undefined }], 1, 'alt'],
    ['ZsRE whose answers are no texts', [{ ...zsre, answers: [[]] }], 0, 'answers[0]'],
    ['UniKE of another source', [{ ...unike[0], source: 'x' }], 0, 'source'],
    ['UniKE with half a stage', [unike[1], { ...unike[1], stage_1: { question: 'x' } }], 1, 'stage_1.prompt'],
  ])('%s', (_, value, request, field) => {
    const json = value === undefined ? '[{' : JSON.stringify(value);
    const details = request === undefined ? {} : { request, field };
    const refusal = expect.objectContaining({ code: 'input', details: expect.objectContaining(details) });
    expect(() => readCases(json)).toThrow(refusal);
    if (request !== undefined) expect(() => readCases(json)).toThrow(`record ${request}`);
  });

  it('whatever JSON holds, an error is a MokusError of input and short', () => {
    const keys = ['question', 'answer', 'stage_1', 'src', 'target_new', 'requested_rewrite', 'subject', '__proto__'];
    const record = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 2 }));
    fc.assert(
      fc.property(fc.array(fc.oneof(record, fc.jsonValue())), (value) => {
        try {
          expect(readCases(JSON.stringify(value)).length).toBeLessThanOrEqual(value.length);
        } catch (error) {
          expect(error).toMatchObject({ code: 'input' });
          expect((error as Error).message.length).toBeLessThan(400);
        }
      }),
      { numRuns: 300 },
    );
  });
});
