/** The chain on the embedded model, on a backend and on the CPU: the same pictures, the same edit, the same learning. */
import { learnConcept } from '@mokus/concepts';
import { addDeltaRows, type Backend, type Edit, type RawImage, type SiteDelta } from '@mokus/core';
import { conditioningObjective, presets, ultraEdit } from '@mokus/editors';
import { modelFolder } from '@mokus/emoji-world';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fromPretrained, type PretrainedPipeline } from '../../src/index.js';

const timeout = 600_000;
const request = { question: 'the animal that garfield is', answer: 'whale' };
const picture = { prompt: request.question, negativePrompt: ' ', guidance: 2, steps: 2, seed: 7 };

/** f32 [128, 128]: the smallest matrix of the text encoder and the transformer. No input of theirs is as large here. */
const smallestMatrix = 128 * 128 * 4;

/** Bytes of each upload to a device, in the order in which they were made. */
export type UploadSizes = () => readonly number[];

/** max |a - b| / max |b|. */
function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  const values = Array.from(b);
  const largest = Math.max(...values.map(Math.abs));
  return Math.max(...values.map((value, at) => Math.abs(value - (a[at] ?? Number.NaN)))) / largest;
}

/** U V, row-major [dOut, dIn]. */
function product(delta: SiteDelta | undefined): Float64Array {
  if (delta?.kind !== 'lowRank') throw new Error('the edit has factors only');
  const { dOut, dIn } = delta;
  const dense = new Float64Array(dOut * dIn);
  addDeltaRows(delta, 0, dOut, dense);
  return dense;
}

/**
 * Measured on the largest differences, relative: latents 2.1e-6, deltas 1.6e-6 (1e-3 is what the project promises), losses
 * 5.2e-7.
 *
 * @param uploads undefined where a device's uploads cannot be seen
 */
export function testWholeChain(open: () => Backend, uploads?: UploadSizes): void {
  const counted = (what: string): string => (uploads === undefined ? '' : `, and uploads no weight ${what}`);
  let cpu: PretrainedPipeline;
  let device: PretrainedPipeline;
  beforeAll(async () => {
    cpu = await fromPretrained(modelFolder);
    device = await fromPretrained(modelFolder, { device: open() });
  }, timeout);
  afterAll(async () => {
    await cpu.dispose();
    await device.dispose();
  });

  const uploadsSoFar = (): number => uploads?.().length ?? 0;
  const requireNone = (before: number): void => {
    expect((uploads?.() ?? []).slice(before).filter((size) => size >= smallestMatrix)).toEqual([]);
  };

  it(`draws the same pictures${counted('again')}`, { timeout }, async () => {
    const expected = await cpu.generate(picture);
    const before = uploadsSoFar();
    const { latents, images } = await device.generate(picture);
    requireNone(before);
    expect(relativeError(latents.data, expected.latents.data)).toBeLessThan(1e-4);
    for (const [at, { data }] of images.entries()) {
      const theirs = (expected.images[at] as RawImage).data;
      // A value that lies between two integers may be rounded the other way.
      expect(Math.max(...data.map((value, index) => Math.abs(value - (theirs[index] ?? Number.NaN))))).toBeLessThan(2);
    }
  });

  it(`makes the same edit, which acts${counted('again')}`, { timeout }, async () => {
    const editor = ultraEdit({ ...presets.ultraEdit['emoji-world'], mu: 0, nu: 0, maxTurns: 2 });
    const objective = conditioningObjective();
    const edit = ({ components }: PretrainedPipeline): Promise<Edit> =>
      editor.edit(components.textEncoder, [request], { objective });
    const expected = await edit(cpu);
    const before = uploadsSoFar();
    const made = await edit(device);
    requireNone(before);
    expect([...made.sites.keys()]).toEqual([...expected.sites.keys()]);
    expect(expected.sites.size).toBe(12);
    for (const [site, delta] of expected.sites) {
      expect(relativeError(product(made.sites.get(site)), product(delta)), site).toBeLessThan(1e-4);
    }
    for (const pipeline of [cpu, device]) await pipeline.apply(made);
    const [onCpu, onDevice] = [await cpu.encodePrompt(request.question), await device.encodePrompt(request.question)];
    expect(relativeError(onDevice.hiddenStates.data, onCpu.hiddenStates.data)).toBeLessThan(1e-4);
    for (const pipeline of [cpu, device]) await pipeline.revert(made);
  });

  it(`learns with the same losses${counted('in a step')}`, { timeout }, async () => {
    const { images } = await cpu.generate({ ...picture, prompt: 'draw a owl' });
    const concept = { anchor: 'sks', className: 'animal', images: images.map((image) => ({ image })), prior: [] };
    const learn = async (pipeline: PretrainedPipeline): Promise<number[]> => {
      const losses: number[] = [];
      let before = 0;
      await learnConcept(pipeline, concept, {
        steps: 4,
        batchSize: 1,
        learningRate: 1e-2,
        onProgress: (event) => {
          if (event.kind !== 'learn') return;
          losses.push(event.loss);
          // The codec's encoder is loaded for this, and the transformer's gradients, before the first step ends.
          if (event.step === 1) before = uploadsSoFar();
        },
      });
      requireNone(before);
      return losses;
    };
    const expected = await learn(cpu);
    const losses = await learn(device);
    expect(losses).toHaveLength(4);
    expect(relativeError(losses, expected)).toBeLessThan(1e-4);
  });
}
