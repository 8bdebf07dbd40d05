import { f32Tensor, type HostTensor, MokusError, type RawImage, requireNumber } from '@mokus/core';
import { type Rule, requireFit } from '../require-shape.js';

export interface ClipPixelOptions {
  /** Pixels of a side that the model takes. Default: 224. */
  readonly size?: number | undefined;
  /** Of red, green and blue in [0, 1]. Default: those that OpenAI's CLIP was trained with. */
  readonly mean?: readonly [number, number, number] | undefined;
  readonly std?: readonly [number, number, number] | undefined;
}

/** More than any CLIP takes; a picture of it is 200 MB of pixels. */
const maxSize = 4096;

const channels: Rule = {
  means: 'three numbers: of red, green and blue',
  fits: (value) => Array.isArray(value) && value.length === 3 && Array.from(value).every(Number.isFinite),
};

/** Throws MokusError `input` naming the option that makes no pixels. */
export function requireClipPixels(owner: string, { size, mean, std }: ClipPixelOptions): void {
  if (size !== undefined) requireNumber(owner, 'size', size, { atLeast: 1, atMost: maxSize, integer: true });
  if (mean !== undefined) requireFit(owner, 'mean', mean, channels);
  if (std === undefined) return;
  requireFit(owner, 'std', std, channels);
  for (const each of std) requireNumber(owner, 'std', each, { above: 0 });
}

/**
 * A picture as CLIP takes it, f32 [1, 3, size, size]: the shorter side resized to `size` (bicubic, antialiased, as PIL
 * does), the middle cut out, (x / 255 - mean) / std. Transparency is not looked at. Throws MokusError `input` for a
 * picture without pixels and for an option out of range.
 */
export function clipPixels(picture: RawImage, options: ClipPixelOptions = {}): HostTensor<'f32'> {
  requireClipPixels('clipPixels', options);
  const {
    size = 224,
    mean = [0.48145466, 0.4578275, 0.40821073],
    std = [0.26862954, 0.26130258, 0.27577711],
  } = options;
  const { width, height } = picture;
  if (width < 1 || height < 1 || picture.data.length !== width * height * 4) {
    const mend = 'give one of at least a pixel, with 4 bytes for each: RGBA';
    throw new MokusError('input', `a picture of ${width} x ${height} holds ${picture.data.length} bytes; ${mend}`, {
      field: 'picture',
    });
  }
  const scale = size / Math.min(width, height);
  // As transformers: the longer side is cut off, not rounded.
  const [wide, high] = [Math.max(size, Math.floor(width * scale)), Math.max(size, Math.floor(height * scale))];
  const across = resizeRows(picture.data, width, height, wide);
  const resized = transposed(resizeRows(transposed(across, wide, height), height, wide, high), high, wide);
  const [left, top] = [Math.floor((wide - size) / 2), Math.floor((high - size) / 2)];
  const pixels = new Float32Array(3 * size * size);
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const value = resized[((top + y) * wide + left + x) * 4 + channel]! / 255;
        pixels[(channel * size + y) * size + x] = (value - mean[channel]!) / std[channel]!;
      }
    }
  }
  return f32Tensor([1, 3, size, size], pixels);
}

/** Every row of RGBA pixels to another width; rounded to bytes, as PIL does between its two passes. */
function resizeRows(data: ArrayLike<number>, from: number, rows: number, to: number): Uint8ClampedArray {
  const result = new Uint8ClampedArray(to * rows * 4);
  const ratio = from / to;
  const reach = Math.max(ratio, 1);
  for (let x = 0; x < to; x++) {
    const center = (x + 0.5) * ratio;
    const first = Math.max(0, Math.floor(center - 2 * reach + 0.5));
    const last = Math.min(from, Math.floor(center + 2 * reach + 0.5));
    const weights = Array.from({ length: last - first }, (_, at) => cubic((first + at + 0.5 - center) / reach));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let row = 0; row < rows; row++) {
      for (let channel = 0; channel < 4; channel++) {
        let sum = 0;
        for (const [at, weight] of weights.entries()) sum += weight * data[(row * from + first + at) * 4 + channel]!;
        result[(row * to + x) * 4 + channel] = sum / total;
      }
    }
  }
  return result;
}

/** Keys' cubic convolution with a = -0.5. */
function cubic(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/** RGBA pixels with rows and columns exchanged. */
function transposed(data: ArrayLike<number>, width: number, height: number): Uint8ClampedArray {
  const result = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 4; channel++) {
        result[(x * height + y) * 4 + channel] = data[(y * width + x) * 4 + channel]!;
      }
    }
  }
  return result;
}
