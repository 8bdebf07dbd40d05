import { cpuBackend } from '@mokus/backend-cpu';
import {
  type EditRequest,
  type ForwardResult,
  f32Tensor,
  type HostTensor,
  type ObjectiveContext,
  type PreparedObjective,
  referenceBackend,
  seededNoise,
  TextToImagePipeline,
} from '@mokus/core';
import { answerObjective, ultraEdit } from '@mokus/editors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyComponents } from '../../../models/test/support/pipeline.js';
import { pictureObjective } from '../../src/index.js';
import { relativeError } from '../support/tensors.js';
import { watchingSegments } from '../support/watching-segments.js';

/** Questions of unequal length, answers of three tokens and of one. */
const requests: readonly EditRequest[] = [
  { question: 'what is a cat?', answer: 'dog' },
  { question: 'who drew the sun and the moon?', answer: 'a' },
];
const options = { answer: answerObjective(), sigmas: [0.3, 0.8], weight: 3, seed: 2 };

/** The transformer in float64, so that differences are of the formula; the text encoder and the pictures on the CPU. */
async function mixedPipeline(): Promise<TextToImagePipeline> {
  const cpu = await tinyComponents(cpuBackend({ threads: 1 }));
  const reference = await tinyComponents(referenceBackend());
  return new TextToImagePipeline({ ...cpu, dit: reference.dit }, { size: 16, steps: 2, guidance: 1 });
}

let pipeline: TextToImagePipeline;
let context: ObjectiveContext;
beforeAll(async () => {
  pipeline = await mixedPipeline();
  const { textEncoder: encoder } = pipeline.components;
  const encoded = requests.map(({ question, answer }) => encoder.encodeQuestion(question, answer));
  context = { encoder, requests, encoded, template: 'pipeline' };
});
afterAll(() => pipeline.dispose());

async function forward({ logitsRows, hiddenRows }: PreparedObjective): Promise<ForwardResult> {
  const batch = context.encoded.map(({ ids }) => ids);
  return context.encoder.forward({ batch, logits: logitsRows, hidden: hiddenRows });
}

describe('pictureObjective', () => {
  it('has the gradient of its loss, along itself and along random directions', async () => {
    const ready = await pictureObjective(pipeline, options).prepare(context);
    const result = await forward(ready);
    const value = await ready.evaluate(result);
    for (const part of ['logits', 'hidden'] as const) {
      const gradient = value[part].data;
      const norm = Math.hypot(...gradient);
      const directions = [gradient.map((each) => each / norm), unit(result[part], 1), unit(result[part], 2)];
      for (const direction of directions) {
        const step = 2 ** -7;
        const lossAt = async (sign: number): Promise<number> => {
          const moved = result[part].data.map((each, at) => each + sign * step * (direction[at] as number));
          return (await ready.evaluate({ ...result, [part]: f32Tensor(result[part].shape, moved) })).loss;
        };
        const slope = ((await lossAt(1)) - (await lossAt(-1))) / (2 * step);
        const expected = gradient.reduce((sum, each, at) => sum + each * (direction[at] as number), 0);
        // Measured: at most 9.4e-6.
        expect(Math.abs(slope - expected) / norm, part).toBeLessThan(1e-4);
      }
    }
  });

  it('is the same with backward passes in segments, which reach the transformer', async () => {
    const { watched, asked } = watchingSegments(pipeline);
    const value = async (gradientCheckpointing: boolean | number) => {
      const ready = await pictureObjective(watched, { ...options, gradientCheckpointing }).prepare(context);
      return ready.evaluate(await forward(ready));
    };
    const whole = await value(false);
    for (const cut of [true, 2]) {
      const { loss, hidden } = await value(cut);
      expect(loss).toBe(whole.loss);
      // What passes between segments is f32. Measured: 7.2e-8.
      expect(relativeError(hidden.data, whole.hidden.data)).toBeLessThan(1e-6);
    }
    expect([...new Set(asked)]).toEqual([1, Number.MAX_SAFE_INTEGER, 2]);
  });

  it('is the answer objective alone where the question conditions as the plain prompt does', async () => {
    const same = [{ question: 'what is dog?', answer: 'dog' }];
    const { encoder } = context;
    const encoded = [encoder.encodeQuestion('what is dog?', 'dog')];
    const own = { ...context, requests: same, encoded };
    const ready = await pictureObjective(pipeline, { ...options, stopError: 1e-6 }).prepare(own);
    const base = await options.answer.prepare(own);
    const result = await encoder.forward({
      batch: encoded.map(({ ids }) => ids),
      logits: ready.logitsRows,
      hidden: ready.hiddenRows,
    });
    const value = await ready.evaluate(result);
    // Measured: 3e-14 apart, and 7e-10.
    expect(value.loss).toBeCloseTo((await base.evaluate(result)).loss, 6);
    expect(Math.max(...value.hidden.data.map(Math.abs))).toBeLessThan(1e-5);
  });

  it('an editor lowers the error of the velocities with it', async () => {
    const [request] = requests;
    if (request === undefined) throw new Error('no request');
    const sites = ['layers.0.mlp.gate_proj', 'layers.0.mlp.up_proj', 'layers.1.mlp.gate_proj', 'layers.1.mlp.up_proj'];
    const own = { ...context, requests: [request], encoded: context.encoded.slice(0, 1) };
    const objective = pictureObjective(pipeline, options);
    const [ready, base] = [await objective.prepare(own), await options.answer.prepare(own)];
    const error = async (): Promise<number> => {
      const batch = own.encoded.map(({ ids }) => ids);
      const result = await own.encoder.forward({ batch, logits: ready.logitsRows, hidden: ready.hiddenRows });
      return ((await ready.evaluate(result)).loss - (await base.evaluate(result)).loss) / options.weight;
    };
    const before = await error();
    const edit = await ultraEdit({ sites, eta: 0.03, maxTurns: 8 }).edit(own.encoder, [request], { objective });
    await pipeline.apply(edit);
    const after = await error();
    await pipeline.revert(edit);
    // Measured: .050 before, .028 after.
    expect(after).toBeLessThan(0.7 * before);
    expect(await error()).toBe(before);
  });

  it.each([
    ['weight', { weight: 0 }],
    ['stopError', { stopError: Number.NaN }],
    ['sigmas', { sigmas: [] }],
    ['sigmas', { sigmas: 5 as never }],
    ['sigmas', { sigmas: [0] }],
    ['answer', { answer: undefined as never }],
    ['answer', { answer: 'answer' as never }],
    ['answer', { answer: answerObjective as never }],
    ['sigmas', { sigmas: [1.5] }],
    ['naturalPrompt', { naturalPrompt: 'what?' }],
    ['gradientCheckpointing', { gradientCheckpointing: 0 }],
    ["has no option 'wieght'", { wieght: 5 }],
  ])('refuses %s out of its range', (field, wrong) => {
    expect(() => pictureObjective(pipeline, { ...options, ...wrong })).toThrow(
      new RegExp(`pictureObjective:? ${field}`),
    );
  });

  it('says the options of the answer objective among its own', () => {
    const { options: said } = pictureObjective(pipeline, { ...options, answer: answerObjective({ stopLoss: 0.2 }) });
    expect(said).toMatchObject({ answer: 'answer', 'answer.stopLoss': 0.2, weight: 3, sigmas: '0.3 0.8' });
  });

  it('refuses what has no transformer, also without options', () => {
    for (const wrong of [context.encoder, undefined, null]) {
      for (const given of [options, undefined]) {
        expect(() => pictureObjective(wrong as never, given as never)).toThrow(
          expect.objectContaining({ code: 'input', details: { field: 'pipeline' } }),
        );
      }
    }
  });

  it('misses the objective of the answer where no options are given', () => {
    for (const given of [undefined, null, {}]) {
      expect(() => pictureObjective(pipeline, given as never)).toThrow(
        expect.objectContaining({ code: 'input', details: { field: 'answer' } }),
      );
    }
  });

  it('refuses a template that no picture is drawn under', async () => {
    const objective = pictureObjective(pipeline, options);
    await expect(objective.prepare({ ...context, template: 'raw' })).rejects.toMatchObject({
      code: 'input',
      details: { field: 'template' },
    });
  });
});

function unit({ data }: HostTensor<'f32'>, seed: number): Float32Array {
  const direction = seededNoise(seed).normals(data.length);
  const norm = Math.hypot(...direction);
  return direction.map((value) => value / norm);
}
