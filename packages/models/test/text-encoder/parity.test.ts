import type { Backend, HostTensor, Row, TextEncoder } from '@mokus/core';
import { afterAll, describe, expect, it } from 'vitest';
import { backends } from '../support/backends.js';
import { componentWeights, expectedJson, expectedTensors, relativeError } from '../support/fixtures.js';
import { tinyTextEncoder } from '../support/text-encoder.js';

interface Expected {
  readonly prompts: readonly [string, string];
  readonly answers: readonly [string, string];
  readonly sequences: readonly (readonly number[])[];
  readonly lengths: readonly (readonly [number, number])[];
  readonly generations: readonly { readonly prompt: string; readonly ids: readonly number[]; readonly text: string }[];
}

const expected = await expectedTensors('text-encoder');
const conditioning = await expectedTensors('conditioning');
const { prompts, answers, sequences, lengths, generations } = await expectedJson<Expected>('text-encoder');

/** transformers computes in fp32 itself. Measured at most, on both backends: states 2.0e-6, gradients 5.9e-6. */
const forwardBound = 5e-6;
const gradientBound = 1.5e-5;

/** The rows of the fixture: those that predict the answers. */
const rows: readonly Row[] = lengths.flatMap(([question, whole], sequence) =>
  Array.from({ length: whole - question + 1 }, (_, index) => ({ sequence, position: question - 1 + index })),
);
const cotangents = {
  logits: { rows, values: expected.f32('cotangent.logits') },
  hidden: { rows, values: expected.f32('cotangent.tapped') },
};

function rowsOf(tensor: HostTensor<'f32'>): Row[] {
  const [batch = 0] = tensor.shape;
  return Array.from({ length: batch }, (_, sequence) =>
    sequences[sequence]!.map((_id, position) => ({ sequence, position })),
  ).flat();
}

function valuesAt(tensor: HostTensor<'f32'>, wanted: readonly Row[]): number[] {
  const [, length = 0, size = 0] = tensor.shape;
  return wanted.flatMap(({ sequence, position }) => {
    const start = (sequence * length + position) * size;
    return [...tensor.data.subarray(start, start + size)];
  });
}

/** One encoder for all tests of a describe block. */
function sharedEncoder(backend: Backend): () => Promise<TextEncoder> {
  let encoder: Promise<TextEncoder> | undefined;
  afterAll(async () => (await encoder)?.dispose());
  return () => {
    encoder ??= tinyTextEncoder(backend);
    return encoder;
  };
}

describe('questions and answers', async () => {
  const encoder = await tinyTextEncoder();

  it.each([0, 1])('are the token ids of transformers: %i', (index) => {
    const encoded = encoder.encodeQuestion(prompts[index]!, answers[index]!);
    expect(encoded.ids).toEqual(sequences[index]);
    expect(encoded.questionLength).toBe(lengths[index]![0]);
    expect(encoded.answerRows).toEqual(rows.filter(({ sequence }) => sequence === index).map((row) => row.position));
  });
});

describe.each(backends)('on %s the text encoder computes what transformers and diffusers do', (_name, backend) => {
  it.each([1, 2, 3])('hidden states %i of a padded batch', async (tap) => {
    const encoder = await tinyTextEncoder(backend, { tap });
    const states = expected.f32(`hidden.${tap}`);
    const all = rowsOf(states);
    const { hidden } = await encoder.forward({ batch: sequences, hidden: all });
    expect(relativeError(hidden.data, valuesAt(states, all))).toBeLessThan(forwardBound);
    await encoder.dispose();
  });

  const shared = sharedEncoder(backend);

  it('logits and tapped states at rows', async () => {
    const encoder = await shared();
    const { logits, hidden } = await encoder.forward({ batch: sequences, logits: rows, hidden: rows });
    expect(logits.shape).toEqual(expected.f32('logits').shape);
    expect(relativeError(logits.data, expected.f32('logits').data)).toBeLessThan(forwardBound);
    expect(relativeError(hidden.data, expected.f32('tapped').data)).toBeLessThan(forwardBound);
  });

  it('inputs and output gradients of every kind of site', async () => {
    const roles = ['gate_proj', 'up_proj', 'down_proj', 'q_proj', 'v_proj', 'o_proj'] as const;
    const encoder = await tinyTextEncoder(backend, { siteRoles: roles });
    const sites = encoder.sites.map((site) => site.id);
    expect(sites).toHaveLength(18);
    const captures = await encoder.capture({ batch: sequences, sites, rows, cotangents });
    for (const site of sites) {
      const { input, outputGradient } = captures.get(site)!;
      expect(relativeError(input.data, expected.f32(`${site}.input`).data), site).toBeLessThan(forwardBound);
      expect(outputGradient!.shape).toEqual(expected.f32(`${site}.outputGradient`).shape);
      const error = relativeError(outputGradient!.data, expected.f32(`${site}.outputGradient`).data);
      expect(error, site).toBeLessThan(gradientBound);
    }
    await encoder.dispose();
  });

  it('weight gradients, through a dense trial delta of zeros', async () => {
    const encoder = await shared();
    const parameters = new Map(
      encoder.sites.map(({ id, dOut, dIn }) => [
        id,
        { kind: 'dense' as const, dOut, dIn, delta: new Float32Array(dOut * dIn) },
      ]),
    );
    const gradients = await encoder.parameterGradients({ batch: sequences, parameters, cotangents });
    for (const { id } of encoder.sites) {
      const gradient = gradients.get(id);
      if (gradient?.kind !== 'dense') throw new Error(`${id} has no dense gradient`);
      const error = relativeError(gradient.delta, expected.f32(`${id}.weightGradient`).data);
      expect(error, id).toBeLessThan(gradientBound);
    }
  });

  it('greedy answers', async () => {
    const encoder = await shared();
    for (const { prompt, text } of generations) {
      expect(await encoder.generate(prompt, { maxNewTokens: 12 })).toBe(text.trim());
    }
  });

  it.each([
    ['pair', prompts],
    ['single', prompts.slice(0, 1)],
    ['newline', ['\nfrog', ' ']],
  ])('the conditioning of QwenImagePipeline: %s', async (name, texts) => {
    const encoder = await shared();
    const { hiddenStates, mask } = await encoder.encode(texts);
    const states = conditioning.f32(`${name}.states`);
    expect(hiddenStates.shape).toEqual(states.shape);
    expect(relativeError(hiddenStates.data, states.data)).toBeLessThan(forwardBound);
    if (name === 'single') expect(mask).toBeUndefined();
    else expect(mask).toEqual(conditioning.bool(`${name}.mask`));
  });
});

it('a weight is read as it is stored', async () => {
  const encoder = await tinyTextEncoder();
  const weight = await encoder.readWeight('layers.1.mlp.down_proj');
  expect(weight.shape).toEqual([32, 48]);
  const entry = (await componentWeights('text_encoder')).get('model.layers.1.mlp.down_proj.weight')!;
  const bytes = await entry.source.read(entry.offset, entry.length);
  expect(new Uint8Array(weight.data.buffer)).toEqual(Uint8Array.from(bytes));
});
