import { describe, expect, it } from 'vitest';
import { f32Tensor, guide, packLatents, seededNoise, unpackLatents } from '../src/index.js';

describe('packing latents', () => {
  it('puts (channel, dy, dx) of each patch into one token, row by row', () => {
    // Element [b, c, y, x] holds its own address.
    const [batch, channels, height, width, patch] = [2, 3, 4, 6, 2];
    const address = (b: number, c: number, y: number, x: number) => b * 1000 + c * 100 + y * 10 + x;
    const data: number[] = [];
    for (let b = 0; b < batch; b++)
      for (let c = 0; c < channels; c++)
        for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.push(address(b, c, y, x));
    const latents = f32Tensor([batch, channels, height, width], data);
    const packed = packLatents(latents, patch);
    expect(packed.shape).toEqual([2, 6, 12]);
    const at = (b: number, token: number, channel: number) => packed.data[(b * 6 + token) * 12 + channel];
    for (let b = 0; b < batch; b++)
      for (let row = 0; row < 2; row++)
        for (let column = 0; column < 3; column++)
          for (let c = 0; c < channels; c++)
            for (let dy = 0; dy < 2; dy++)
              for (let dx = 0; dx < 2; dx++)
                expect(at(b, row * 3 + column, c * 4 + dy * 2 + dx)).toBe(address(b, c, row * 2 + dy, column * 2 + dx));
    expect(unpackLatents(packed, { height: 2, width: 3 }, patch)).toEqual(latents);
  });

  it('refuses sides that are no multiple of the patch, and tokens that do not fill the grid', () => {
    expect(() => packLatents(f32Tensor([1, 1, 3, 2], new Float32Array(6)), 2)).toThrow(
      /multiples of 2.*\[1, 1, 3, 2\]/,
    );
    const packed = f32Tensor([1, 6, 4], new Float32Array(24));
    expect(() => unpackLatents(packed, { height: 2, width: 2 }, 2)).toThrow(/\[batch, 2 \* 2, z \* 2 \* 2\]/);
    expect(() => unpackLatents(f32Tensor([1, 4, 6], new Float32Array(24)), { height: 2, width: 2 }, 2)).toThrow(/z/);
  });
});

describe('guidance', () => {
  const draw = (seed: number) => f32Tensor([2, 3, 4], seededNoise(seed).normals(24));
  const norms = (data: Float32Array) =>
    Array.from({ length: 6 }, (_, token) => Math.hypot(...data.slice(token * 4, token * 4 + 4)));

  it('keeps each token at the norm of the positive one and the direction of the combination', () => {
    const [positive, negative] = [draw(1), draw(2)];
    const guided = guide(positive, negative, 4);
    const combined = negative.data.map((value, index) => value + 4 * ((positive.data[index] as number) - value));
    norms(guided.data).forEach((norm, token) => {
      const scale = (norms(positive.data)[token] as number) / (norms(combined)[token] as number);
      expect(norm).toBeCloseTo(norms(positive.data)[token] as number, 5);
      for (let c = token * 4; c < token * 4 + 4; c++)
        expect(guided.data[c]).toBeCloseTo((combined[c] as number) * scale, 5);
    });
  });

  it('at scale 1 it is the positive one, and a vanishing combination is zero, not NaN', () => {
    const [positive, negative] = [draw(1), draw(2)];
    guide(positive, negative, 1).data.forEach((value, index) => {
      expect(value).toBeCloseTo(positive.data[index] as number, 5);
    });
    const ones = f32Tensor([1, 1, 2], [1, 1]);
    expect([...guide(ones, f32Tensor([1, 1, 2], [2, 2]), 2).data]).toEqual([0, 0]);
  });
});
