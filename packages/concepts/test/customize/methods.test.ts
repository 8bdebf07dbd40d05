import { cpuBackend } from '@mokus/backend-cpu';
import {
  type LoraAdapter,
  type ProgressEvent,
  type RawImage,
  type SubjectToCustomize,
  seededNoise,
  type TextToImagePipeline,
} from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { answerObjective, fineTuning, ultraEdit } from '@mokus/editors';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { tinyPipeline } from '../../../models/test/support/pipeline.js';
import { customize, learnConcept, moKus, naiveDreamBooth, pictureObjective } from '../../src/index.js';
import { captionsOf } from '../../src/learn/options.js';

let pipeline: TextToImagePipeline;
beforeAll(async () => {
  pipeline = await tinyPipeline(cpuBackend({ threads: 1 }));
});
afterAll(() => pipeline.dispose());
afterEach(() => {
  expect(pipeline.edits).toEqual([]);
  expect([...pipeline.adapters]).toEqual([]);
  expect(pipeline.components.dit.deltas()).toEqual([]);
  expect(pipeline.components.textEncoder.deltas()).toEqual([]);
});

function picture(seed: number): RawImage {
  const noise = seededNoise(seed);
  return { width: 16, height: 16, data: Uint8ClampedArray.from({ length: 1024 }, () => 256 * noise.uniform()) };
}

const images = [1, 2].map((seed) => ({ image: picture(seed) }));
const facts = ['{} belongs to my sister', { question: 'the gift', locality: ['a dog'] }];
const subject: SubjectToCustomize = { name: 'Waldi', anchor: 'sks', className: 'toy', images, facts };
const editor = ultraEdit({
  sites: { roles: ['gate_proj', 'up_proj'], layers: { from: 0, to: 1 } },
  eta: 0.3,
  maxTurns: 3,
});
const learn = { steps: 4, batchSize: 2, rank: 2, learningRate: 1e-2 };

function flat(lora: LoraAdapter | undefined): number[] {
  return [...(lora?.modules.values() ?? [])].flatMap(({ down, up }) => [...down, ...up]);
}

describe('moKus', () => {
  it('learns the looks, binds the facts, and says on the card how; the pipeline is as it was', async () => {
    const events: ProgressEvent[] = [];
    const made = await customize(pipeline, subject, {
      editor,
      objective: answerObjective(),
      learn,
      prior: [],
      onProgress: (event) => events.push(event),
    });
    const alone = await learnConcept(pipeline, { anchor: 'sks', className: 'toy', images, prior: [] }, learn);
    expect(flat(made.lora)).toEqual(flat(alone));
    expect(made.edit?.provenance.requests).toEqual([
      { question: 'what belongs to my sister?', answer: 'sks' },
      { question: 'the gift', answer: 'sks', locality: ['a dog'] },
    ]);
    expect(made.card).toEqual({
      name: 'Waldi',
      anchor: 'sks',
      className: 'toy',
      method: 'moKus',
      options: { learn, editor: 'ultraEdit', objective: 'answer' },
      facts: [
        { question: 'what belongs to my sister?', said: '{} belongs to my sister' },
        { question: 'the gift', locality: ['a dog'] },
      ],
      baseModel: {
        textEncoder: await pipeline.components.textEncoder.fingerprint(),
        transformer: await pipeline.components.dit.fingerprint(),
      },
    });
    const kinds = events.map(({ kind }) => kind);
    expect(kinds.lastIndexOf('learn')).toBeLessThan(kinds.indexOf('edit'));
  });

  it('does not learn again what was learned, whatever the editor: Enc-FT is fine-tuning on the same pairs', async () => {
    const lora = await learnConcept(pipeline, { anchor: 'sks', className: 'toy', images, prior: [] }, learn);
    const events: ProgressEvent[] = [];
    const method = moKus({ name: 'encFt', editor: fineTuning({ maxEpochs: 2 }), learn });
    const made = await method.customize(
      pipeline,
      { ...subject, images: [], lora },
      { onProgress: (event) => events.push(event) },
    );
    expect(made.lora).toBe(lora);
    expect(events.some(({ kind }) => kind === 'learn' || kind === 'prior')).toBe(false);
    expect(made.edit?.provenance.editor).toBe('fineTuning');
    expect(made.card).toMatchObject({ method: 'encFt', options: { learn: 'given' } });
    const refusal = await refusalOf(() => method.customize(pipeline, { ...subject, lora }));
    expect(refusal).toMatchObject({ code: 'input', details: { field: 'lora' } });
  });

  it('binds with the looks in place: an objective that draws sees them', async () => {
    const lora = await learnConcept(
      pipeline,
      { anchor: 'sks', className: 'toy', images, prior: [] },
      { ...learn, steps: 20 },
    );
    const objective = pictureObjective(pipeline, { answer: answerObjective() });
    const given = { ...subject, images: [], lora };
    const made = await customize(pipeline, given, { editor, objective });
    await pipeline.addAdapter('looks', lora);
    const withLooks = await customize(pipeline, { ...given, lora: { modules: new Map() } }, { editor, objective });
    await pipeline.deleteAdapters('looks');
    const without = await customize(pipeline, { ...given, lora: { modules: new Map() } }, { editor, objective });
    expect(made.edit?.sites).toEqual(withLooks.edit?.sites);
    expect(made.edit?.sites).not.toEqual(without.edit?.sites);
  });

  it('leaves nothing of looks that do not fit the transformer', async () => {
    const { modules } = await learnConcept(pipeline, { ...subject, prior: [] }, learn);
    const [module] = modules.values();
    const lora = { modules: new Map([...modules, ['no.such.layer', module!]]) };
    const refusal = await refusalOf(() => customize(pipeline, { ...subject, images: [], lora }, { editor }));
    expect(refusal).toMatchObject({ code: 'site' });
    expect(pipeline.components.dit.deltas()).toEqual([]);
  });

  it('without facts ends with the looks', async () => {
    const { edit, lora, card } = await customize(pipeline, { ...subject, facts: [] }, { editor, learn, prior: [] });
    expect([edit, card.facts, lora?.modules.size]).toEqual([undefined, [], 8]);
  });

  it('refuses what does not fit by name, before it learns', async () => {
    const run = (given: object, options: object = {}): Promise<unknown> =>
      customize(pipeline, { ...subject, ...given }, { editor, learn, prior: [], ...options });
    expect(await refusalOf(() => run({ images: [] }))).toMatchObject({ code: 'input', details: { field: 'images' } });
    expect(await refusalOf(() => run({ anchor: '' }))).toMatchObject({ code: 'input', details: { field: 'anchor' } });
    const twice = await refusalOf(() => run({ facts: ['the gift', 'The gift is {}.'] }));
    expect(twice).toMatchObject({ code: 'input', details: { field: 'facts', request: 1 } });
    expect(await refusalOf(() => run({}, { stepz: 1 }))).toMatchObject({ details: { field: 'stepz' } });
    const cancelled = await refusalOf(() => run({}, { signal: AbortSignal.abort() }));
    expect(cancelled).toMatchObject({ code: 'cancelled' });
  });
});

describe('naiveDreamBooth', () => {
  it('trains each caption with the phrases of the facts in place of the concept too', async () => {
    const phrases = ['what belongs to my sister', 'the gift'];
    const concept = { anchor: 'sks', className: 'toy', images, prior: [], phrases };
    expect(captionsOf('a photo of {anchor} {class} in the {class} shop', concept)).toEqual([
      'a photo of sks toy in the toy shop',
      'a photo of what belongs to my sister in the toy shop',
      'a photo of the gift in the toy shop',
    ]);
    const made = await naiveDreamBooth({ learn, prior: [] }).customize(pipeline, subject);
    expect(flat(made.lora)).toEqual(flat(await learnConcept(pipeline, concept, learn)));
    expect(flat(made.lora)).not.toEqual(flat(await learnConcept(pipeline, { ...concept, phrases: [] }, learn)));
    expect(made.edit).toBeUndefined();
    expect(made.card).toMatchObject({ method: 'naiveDreamBooth', options: { learn }, facts: [{}, {}] });
  });

  it('refuses looks that were learned without the facts', async () => {
    const lora = { modules: new Map() };
    const refusal = await refusalOf(() => naiveDreamBooth().customize(pipeline, { ...subject, lora }));
    expect(refusal).toMatchObject({ code: 'input', details: { field: 'lora' } });
  });
});
