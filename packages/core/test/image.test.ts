import { expect, it } from 'vitest';
import { imagesToPixels, pixelsToImages, type RawImage } from '../src/index.js';
import { refusalOf } from '../src/testing/refusal.js';

const image: RawImage = { width: 1, height: 2, data: Uint8ClampedArray.of(255, 0, 51, 255, 0, 0, 0, 0) };

it('pixels are in [-1, 1], what is transparent is white, and come back opaque', () => {
  const pixels = imagesToPixels([image]);
  expect([...pixels.data]).toEqual([1, 1, -1, 1, Math.fround(51 / 127.5 - 1), 1]);
  expect([...pixelsToImages(pixels)[0]!.data]).toEqual([255, 0, 51, 255, 255, 255, 255, 255]);
});

it.each([
  ['nothing', undefined, /pictures are a list; give \[\{ width, height, data \}\]/],
  ['one picture', image, /pictures are a list/],
  ['a picture that was not awaited', [image, Promise.resolve(image)], /picture 1 of the list has no data; .*await/],
  ['a hole', [null], /picture 0 of the list has no data/],
  ['an empty list', [], /there is no picture to encode/],
])('refuses %s in words', async (_, images, mention) => {
  const { code, details, message } = await refusalOf(() => imagesToPixels(images as RawImage[]));
  expect([code, details.field]).toEqual(['input', 'images']);
  expect(message).toMatch(mention);
});
