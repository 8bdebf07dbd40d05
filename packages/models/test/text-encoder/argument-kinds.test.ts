/** First calls of callers without types, with the habits of transformers: each is refused in words, and nothing is pushed. */
import { refusalOf } from '@mokus/core/testing';
import { afterAll, expect, it } from 'vitest';
import { tinyTextEncoder } from '../support/text-encoder.js';

const encoder = await tinyTextEncoder();
const [site] = encoder.sites;
const id = site?.id;
const { dOut, dIn } = site as NonNullable<typeof site>;
const kept = encoder.pushDelta(id as string, {
  kind: 'dense',
  dOut,
  dIn,
  delta: new Float32Array(dOut * dIn),
});
const { ids } = encoder.tokenize('a cat');
const rows = [{ sequence: 0, position: 0 }];

afterAll(() => encoder.dispose());

type Call = Exclude<
  {
    [Name in keyof typeof encoder]: (typeof encoder)[Name] extends (...given: never[]) => unknown ? Name : never;
  }[keyof typeof encoder],
  undefined
>;

it.each<[what: string, call: Call, given: readonly unknown[], field: string | undefined, message: RegExp]>([
  ['a prompt alone', 'encode', ['a cat'], 'prompts', /prompts is "a cat"; give a list of texts/],
  ['no prompts', 'encode', [], 'prompts', /prompts is nothing;/],
  ['a number among prompts', 'encode', [['a cat', 5]], 'prompts', /prompts\[1\] is 5;/],
  ['no text', 'tokenize', [], 'text', /text is nothing; give a text/],
  ['a template alone', 'tokenize', ['a cat', 'raw'], 'options', /options is "raw"; give \{ template \}/],
  ['None for options', 'tokenize', ['a cat', null], 'options', /options is null;/],
  ['a question alone', 'encodeQuestion', ['a cat'], 'answer', /answer is nothing; give a text/],
  ['a question that is none', 'encodeQuestion', [5, 'a dog'], 'text', /text is 5;/],
  ['a template after an answer', 'encodeQuestion', ['a', 'b', 'raw'], 'options', /options is "raw";/],
  ['a text to decode', 'decode', ['x'], 'ids', /ids is "x"; give a list of token ids/],
  ['one id to decode', 'decode', [5], 'ids', /ids is 5;/],
  ['None for options', 'generate', ['a cat', null], undefined, /generate takes one object of options, .* not null/],
  [
    'the words of Python',
    'generate',
    ['a cat', { max_new_tokens: 5 }],
    'max_new_tokens',
    /no option 'max_new_tokens'; its options are maxNewTokens, template/,
  ],
  ['no site', 'readWeight', [], 'site', /site is nothing; give the id of a site, such as "layers\.0\.mlp\.gate_proj"/],
  ['a site for its id', 'readWeight', [site], 'site', /site is an object;/],
  ['no delta', 'pushDelta', [id], 'delta', /delta is nothing; give \{ kind: 'lowRank'/],
  ['a delta of no site', 'pushDelta', [undefined, {}], 'site', /site is nothing;/],
  ['no handle', 'popDelta', [], 'handle', /handle is nothing; give what pushDelta returned/],
  ['the number of a handle', 'popDelta', [kept.id], 'handle', /handle is \d+; give what pushDelta returned/],
  ['nothing', 'forward', [], 'request', /request is nothing; give \{ batch: \[ids\]/],
  ['no batch', 'forward', [{}], 'batch', /batch is nothing; give lists of token ids/],
  ['the words of Python', 'forward', [{ input_ids: [ids] }], 'batch', /batch is nothing;/],
  ['a text for a batch', 'forward', [{ batch: 'a cat' }], 'batch', /batch is "a cat";/],
  ['one sequence alone', 'forward', [{ batch: [1, 2] }], 'batch', /batch\[0\] is 1; give lists of token ids/],
  ['texts for sequences', 'forward', [{ batch: ['a cat'] }], 'batch', /batch\[0\] is "a cat";/],
  ['a flag for rows', 'forward', [{ batch: [ids], hidden: true }], 'hidden', /hidden is true; give a list of rows/],
  ['None for rows', 'forward', [{ batch: [ids], logits: null }], 'logits', /logits is null;/],
  ['nothing', 'capture', [], 'request', /request is nothing;/],
  ['no batch', 'capture', [{}], 'batch', /batch is nothing;/],
  ['no sites', 'capture', [{ batch: [ids], rows }], 'sites', /sites is nothing; give a list of ids of sites/],
  ['one site alone', 'capture', [{ batch: [ids], rows, sites: id }], 'sites', /sites is "layers\.0\.mlp\.gate_proj";/],
  ['no rows', 'capture', [{ batch: [ids], sites: [id] }], 'rows', /rows is nothing; give a list of rows/],
  ['nothing', 'captureStates', [], 'request', /request is nothing;/],
  ['no rows', 'captureStates', [{ batch: [ids] }], 'rows', /rows is nothing;/],
  ['no places', 'captureStates', [{ batch: [ids], rows }], 'places', /places is nothing; give a list of places/],
  ['nothing', 'parameterGradients', [], 'request', /request is nothing;/],
  ['no trials', 'parameterGradients', [{ batch: [ids] }], 'parameters', /parameters is nothing; give a Map of deltas/],
  ['nothing', 'secondMoment', [], 'request', /request is nothing;/],
  ['a flag for rows', 'secondMoment', [{ batch: [ids], sites: [id], rows: true }], 'rows', /rows is true;/],
])('%s: %s is refused', async (_what, call, given, field, message) => {
  const run = encoder[call] as (...given: readonly unknown[]) => unknown;
  const refusal = await refusalOf(() => run.apply(encoder, [...given]));
  expect([refusal.code, refusal.details.field]).toEqual(['input', field]);
  expect(refusal.message).toMatch(message);
  expect(encoder.deltas().map(({ handle }) => handle)).toEqual([kept]);
});
