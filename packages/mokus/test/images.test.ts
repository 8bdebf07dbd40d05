import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RawImage } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { encodePng, readImage, writePng } from '../src/index.js';

const image: RawImage = {
  width: 3,
  height: 2,
  data: Uint8ClampedArray.from({ length: 24 }, (_, at) => (at % 4 === 3 ? 255 - at : at * 10)),
};
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mokus-images-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('writes a PNG that reads back to the same bytes, alpha included', async () => {
  const file = join(folder, 'picture.png');
  await writePng(image, file);
  expect(await readImage(file)).toEqual(image);
  expect(await readImage(await encodePng(image))).toEqual(image);
  expect(await readdir(folder)).toEqual(['picture.png']);
});

it('takes URLs of files, as packages hand them out, and no others', async () => {
  const file = join(folder, 'by url.png');
  await writePng(image, pathToFileURL(file));
  expect(await readImage(pathToFileURL(file))).toEqual(image);
  expect(await readdir(folder)).toContain('by url.png');
  const elsewhere = new URL('https://someone:secret@pictures.example/a.png');
  for (const call of [() => readImage(elsewhere), () => writePng(image, elsewhere)]) {
    const { code, details, message } = await refusalOf(call);
    expect([code, details.field]).toEqual(['input', 'path']);
    expect(message).toBe('a path is a text or a file: URL, not a URL of https:; give where on this machine it is');
  }
});

it.each([
  ['what generate gives', { images: [image] }, 'this has no data'],
  ['its list of images', [image], 'this has no data'],
  ['the file first', 'wrong.png', 'this is "wrong.png"'],
  ['nothing', undefined, 'this is undefined'],
  ['bytes of another size', { ...image, width: 2 }, '2 x 2 pixels came with 24 bytes'],
])('writes one picture, and says so to whom hands over %s', async (_, given, found) => {
  const file = join(folder, 'wrong.png');
  const { code, message } = await refusalOf(() => writePng(given as unknown as RawImage, file));
  expect(code).toBe('input');
  expect(message).toContain(found);
  expect(message).toContain("write each of generate's images, and give writePng the picture first, then the file");
});

it('names a file that is no picture', async () => {
  const file = join(folder, 'text.png');
  await writeFile(file, 'no picture');
  await expect(readImage(file)).rejects.toMatchObject({ code: 'input', details: { file } });
  const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>');
  await expect(readImage(svg)).rejects.toThrow('its format is svg');
  await expect(readImage(join(folder, 'missing.png'))).rejects.toMatchObject({ code: 'input' });
});

it('leaves nothing behind when the folder is not there', async () => {
  const file = join(folder, 'nowhere', 'picture.png');
  await expect(writePng(image, file)).rejects.toMatchObject({ code: 'disk', details: { file } });
});

it('reads a photo upright that its camera stored on its side', async () => {
  const { width, height, data } = image;
  const opaque = sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha();
  // EXIF's 6: to be turned by 90 degrees clockwise.
  const photo = await opaque.webp({ lossless: true }).withMetadata({ orientation: 6 }).toBuffer();
  const upright = await readImage(photo);
  expect([upright.width, upright.height]).toEqual([height, width]);
  // The lower left pixel comes to the upper left.
  expect([...upright.data.subarray(0, 3)]).toEqual([...data.subarray(width * 4, width * 4 + 3)]);
});
