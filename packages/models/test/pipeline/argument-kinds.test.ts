/** First calls of callers without types, with the habits of diffusers: each is refused in words, and the pipeline is as it was. */
import { cpuBackend } from '@mokus/backend-cpu';
import { type Edit, f32Tensor, type MokusErrorCode, recall, TextToImagePipeline, withoutEdit } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { tinyPipeline } from '../support/pipeline.js';

const pipeline = await tinyPipeline(cpuBackend({ threads: 1 }));
const { components } = pipeline;
const baseModel = await components.textEncoder.fingerprint();
const conditioning = await pipeline.encodePrompt('a cat');
const [site] = components.textEncoder.sites.map(({ id }) => id) as [string];
const [layer] = components.dit.sites.map(({ id }) => id) as [string];

afterAll(() => pipeline.dispose());

type Given = readonly unknown[];
type Refusal = readonly [what: string, given: Given, field: string | undefined, message: RegExp];

function refuses(code: MokusErrorCode, call: (...given: never[]) => unknown, cases: readonly Refusal[]): void {
  it.each(cases)('%s', async (_what, given, field, message) => {
    const refusal = await refusalOf(() => call.call(pipeline, ...(given as never[])));
    expect([refusal.code, refusal.details.field]).toEqual([code, field]);
    expect(refusal.message).toMatch(message);
    expect([pipeline.edits, [...pipeline.adapters]]).toEqual([[], []]);
  });
}

const drawing = (options: object): Given => [{ prompt: 'a cat', ...options }];

describe('generate refuses', () => {
  refuses('input', pipeline.generate, [
    ['nothing', [], undefined, /one object of options, such as \{ prompt: \.\.\. \}, not undefined$/],
    ['null', [null], undefined, /not null$/],
    ['a prompt alone', ['a cat', { steps: 2 }], undefined, /not a string$/],
    ['prompts alone', [['a cat', 'a dog']], undefined, /not a list$/],
    ['no prompt', [{}], 'prompt', /prompt is nothing; give a text, a list of texts, or what encodePrompt returned/],
    ['the words of Python', drawing({ num_inference_steps: 20 }), 'num_inference_steps', /its options are .*steps/],
    ['a number', [{ prompt: 5 }], 'prompt', /prompt is 5;/],
    ['another object', [{ prompt: {} }], 'prompt', /prompt is an object;/],
    ['a list with a hole', [{ prompt: ['a cat', undefined] }], 'prompt', /prompt\[1\] is nothing;/],
    ['what was not awaited', [{ prompt: Promise.resolve('a cat') }], 'prompt', /prompt is a promise \(await it\);/],
    ['hidden states alone', [{ prompt: conditioning.hiddenStates }], 'prompt', /prompt is an object;/],
    ['hidden states of numbers', [{ prompt: { hiddenStates: [1, 2] } }], 'prompt', /hiddenStates .* f32Tensor\(/],
    ['a mask of numbers', [{ prompt: { ...conditioning, mask: [1] } }], 'prompt', /mask of prompt .* boolTensor\(/],
    ['None for a negative prompt', drawing({ negativePrompt: null }), 'negativePrompt', /negativePrompt is null;/],
    ['no negative prompts', drawing({ negativePrompt: [] }), 'negativePrompt', /negativePrompt is an empty list;/],
    ['latents as an array', drawing({ latents: new Float32Array(64) }), 'latents', /f32Tensor\(shape, data\)/],
    [
      'latents of another length',
      drawing({ latents: { ...f32Tensor([1, 4, 16], new Float32Array(64)), shape: [1, 4, 8] } }),
      'latents',
      /of shape \[1, 4, 8\] and data of another length/,
    ],
    ['steps as a text', drawing({ steps: '2' }), 'steps', /a whole number from 1, got "2"/],
    ['a height as a text', drawing({ height: '16' }), 'height', /height is "16"/],
    ['a callback that is none', drawing({ onStepEnd: true }), 'onStepEnd', /onStepEnd is true; give a function/],
    ['a listener that is none', drawing({ onProgress: 5 }), 'onProgress', /onProgress is 5; give a function/],
    ['a controller', drawing({ signal: new AbortController() }), 'signal', /give the signal of an AbortController/],
    ['a template that is no text', drawing({ recall: { template: null } }), 'template', /has no \{prompt\}/],
    ['a join that is no text', drawing({ recall: { join: 5 } }), 'join', /has no \{answer\}/],
    ['a join that returns none', drawing({ recall: { join: () => undefined } }), 'join', /return the prompt to draw/],
  ]);
});

describe('encodePrompt refuses', () => {
  refuses('input', pipeline.encodePrompt, [
    ['nothing', [], 'prompt', /prompt is nothing; give a text, or a list/],
    ['options', [{ prompt: 'a cat' }], 'prompt', /prompt is an object;/],
    ['an empty list', [[]], 'prompt', /prompt is an empty list;/],
  ]);
});

describe('recall refuses', () => {
  const ask = (prompts: readonly string[]): unknown => recall(components.textEncoder, prompts, {});
  refuses('input', ask, [
    ['no list', [undefined], 'prompts', /prompts is nothing;/],
    ['a number among texts', [['a cat', 5]], 'prompts', /prompts\[1\] is 5;/],
  ]);

  it('nothing of one text, which is a list of one', async () => {
    expect(await recall(components.textEncoder, 'a cat' as never, {})).toHaveLength(1);
  });
});

it('null is no callback and no signal', async () => {
  const none = { onStepEnd: null, onProgress: null, signal: null } as object;
  expect((await pipeline.generate({ prompt: 'a cat', ...none })).images).toHaveLength(1);
});

describe.each([
  ['apply', pipeline.apply],
  ['revert', pipeline.revert],
  ['withoutEdit', (edit: Edit) => withoutEdit(pipeline, edit, async () => undefined)],
] as const)('%s refuses', (_name, call) => {
  const provenance = { baseModel };
  refuses('edit', call, [
    ['nothing', [], undefined, /takes an edit and was given nothing; .*edit\(\) or loadEdit\(path\)/],
    ['a path', ['edit.safetensors'], undefined, /was given "edit\.safetensors";/],
    ['what was not awaited', [Promise.resolve({})], undefined, /was given a promise \(await it\);/],
    ['a request', [{ question: 'what is a cat?', answer: 'a dog' }], undefined, /was given an object;/],
    ['sites that are no map', [{ sites: {}, provenance }], undefined, /was given an object;/],
    ['a site without a delta', [{ sites: new Map([[site, null]]), provenance }], undefined, /is null; make .* again/],
  ]);
});

describe('addAdapter refuses', () => {
  refuses('adapter', pipeline.addAdapter, [
    ['nothing', [], 'adapterName', /addAdapter\(name, adapter\)/],
    ['an adapter without a name', [{ modules: new Map() }], 'adapterName', /was given an object: addAdapter\(name,/],
    ['a path', ['style', 'style.safetensors'], undefined, /is "style\.safetensors"; .*loadLoraWeights\(source\)/],
    ['what was not awaited', ['style', Promise.resolve({})], undefined, /is a promise \(await it\);/],
    ['a layer without arrays', ['style', { modules: new Map([[layer, {}]]) }], undefined, /no arrays up and down/],
  ]);
});

describe('setAdapters, deleteAdapters and fuse refuse', () => {
  refuses('input', pipeline.setAdapters, [
    ['no name', [], 'names', /names is nothing;/],
    ['names with weights', [{ style: 1 }], 'names', /names is an object;/],
    ['None for weights', ['style', null], 'weights', /0 weights for 1 adapters/],
    ['weights by name', ['style', { style: 1 }], 'weights', /0 weights for 1 adapters/],
  ]);
  refuses('input', pipeline.deleteAdapters, [['no name to delete', [], 'names', /give the name of an adapter/]]);
  refuses('input', pipeline.fuse, [
    ['a scale alone', [0.5], undefined, /such as \{ scale: \.\.\. \}, not a number/],
    ['the scale of Python', [{ lora_scale: 0.5 }], 'lora_scale', /its options are scale/],
  ]);
});

describe('a pipeline is not made of', () => {
  const make = (...given: never[]): unknown => new TextToImagePipeline(...(given as unknown as [never]));
  refuses('config', make, [
    ['nothing', [], 'textEncoder', /made of textEncoder, dit, imageCodec, scheduler; textEncoder is nothing/],
    ['three parts', [{ ...components, scheduler: undefined }], 'scheduler', /scheduler is nothing/],
    ['what was not awaited', [{ ...components, dit: Promise.resolve(components.dit) }], 'dit', /dit is a promise/],
  ]);
  refuses('input', make, [['defaults that it does not have', [components, { height: 16 }], 'height', /size, steps/]]);
});
