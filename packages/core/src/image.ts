import { MokusError } from './errors.js';
import { f32Tensor, type HostTensor } from './tensor.js';

/** A picture as raw RGBA, 8 bits a channel, row by row from the top left. Files are read and written elsewhere. */
export interface RawImage {
  readonly width: number;
  readonly height: number;
  /** width * height * 4 bytes. */
  readonly data: Uint8ClampedArray;
}

/**
 * Pictures of one size as f32 [batch, 3, H, W] in [-1, 1]. What is transparent is composed on white. Throws MokusError
 * `input` when there is no list of pictures or none in it, a size differs, or `data` does not hold width * height * 4 bytes.
 */
export function imagesToPixels(images: readonly RawImage[]): HostTensor<'f32'> {
  requireImages(images);
  const [first] = images;
  if (first === undefined)
    throw new MokusError('input', 'there is no picture to encode; give one at least', { field: 'images' });
  const { width, height } = first;
  const plane = width * height;
  const pixels = new Float32Array(images.length * 3 * plane);
  images.forEach((image, index) => {
    const size = `${image.width} x ${image.height}`;
    if (image.width !== width || image.height !== height) {
      const message = `picture ${index} is ${size} and picture 0 is ${width} x ${height}: encode one size at a time`;
      throw new MokusError('input', message, { field: 'images' });
    }
    if (image.data.length !== plane * 4) {
      const message = `picture ${index} of ${size} holds ${image.data.length} bytes, expected ${plane * 4} of RGBA`;
      throw new MokusError('input', message, { field: 'images' });
    }
    for (let pixel = 0; pixel < plane; pixel++) {
      const alpha = (image.data[pixel * 4 + 3] as number) / 255;
      for (let channel = 0; channel < 3; channel++) {
        const onWhite = alpha * (image.data[pixel * 4 + channel] as number) + (1 - alpha) * 255;
        pixels[(index * 3 + channel) * plane + pixel] = onWhite / 127.5 - 1;
      }
    }
  });
  return f32Tensor([images.length, 3, height, width], pixels);
}

/** Nobody holds a caller in JavaScript to the type: one picture in place of a list, a promise of one in it. */
function requireImages(images: readonly RawImage[]): void {
  const given: readonly (Partial<RawImage> | null | undefined)[] | undefined = Array.isArray(images)
    ? images
    : undefined;
  const wrong = given?.findIndex((image) => typeof image?.data?.length !== 'number') ?? 0;
  if (given !== undefined && wrong < 0) return;
  const found = given === undefined ? 'pictures are a list' : `picture ${wrong} of the list has no data`;
  throw new MokusError('input', `${found}; give [{ width, height, data }], such as [await readImage(file)]`, {
    field: 'images',
  });
}

/**
 * Opaque pictures from f32 [batch, 3, H, W]: clamped to [-1, 1], (x + 1) / 2 * 255 rounded to the nearest. Throws
 * MokusError `input` for another shape.
 */
export function pixelsToImages(pixels: HostTensor<'f32'>): RawImage[] {
  const [batch, channels, height, width] = pixels.shape;
  if (pixels.shape.length !== 4 || batch === undefined || channels !== 3 || !height || !width) {
    throw new MokusError('input', `pixels are [batch, 3, height, width], got [${pixels.shape.join(', ')}]`);
  }
  const plane = width * height;
  return Array.from({ length: batch }, (_, index) => {
    const data = new Uint8ClampedArray(plane * 4).fill(255);
    for (let channel = 0; channel < 3; channel++) {
      const from = (index * 3 + channel) * plane;
      for (let pixel = 0; pixel < plane; pixel++) {
        // The array clamps, and rounds half to even as numpy does.
        data[pixel * 4 + channel] = ((pixels.data[from + pixel] as number) + 1) * 127.5;
      }
    }
    return { width, height, data };
  });
}
