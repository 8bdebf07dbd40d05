import { expect, it } from 'vitest';
import { f32Tensor, type TextEncoder } from '../src/index.js';
import { joined, normOf } from '../src/testing/arrays.js';
import { outputsOf } from '../src/testing/text-encoder/probe.js';

it('the kit of text encoders takes the outputs of a real vocabulary', async () => {
  const [vocabSize, hiddenSize] = [151_936, 8];
  const states = (rows: number, size: number) => f32Tensor([rows, size], new Float32Array(rows * size).fill(rows));
  const encoder = {
    info: { vocabSize, hiddenSize },
    encodeQuestion: () => ({ ids: [1, 2, 3], answerIds: [2, 3], answerRows: [1, 2], questionLength: 2 }),
    forward: async ({ logits = [], hidden = [] }: Parameters<TextEncoder['forward']>[0]) => ({
      logits: states(logits.length, vocabSize),
      hidden: states(hidden.length, hiddenSize),
    }),
  } as unknown as TextEncoder;
  const outputs = await outputsOf(encoder);
  expect(outputs.length).toBe(4 * (vocabSize + hiddenSize));
  expect(outputs.at(-1)).toBe(4);
});

it('joins arrays, and takes their norm together', () => {
  const arrays = [Float32Array.of(3), new Float32Array(0), Float32Array.of(0, 4)];
  expect(joined(arrays)).toEqual(Float32Array.of(3, 0, 4));
  expect(normOf(arrays)).toBe(5);
});
