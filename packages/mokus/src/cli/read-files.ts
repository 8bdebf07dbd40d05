import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MokusError, type RawImage } from '@mokus/core';
import sharp from 'sharp';
import { readImage } from '../images.js';
import { words } from './options.js';

/** Throws MokusError `input` naming a file that cannot be read. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new MokusError('input', `${file} cannot be read (${String(cause)}); check the path`, { file, cause });
  }
}

/** What is to be known of a concept. */
export const factsArg = {
  facts: { type: 'string', required: true, description: 'Sentences or questions, one a line', valueHint: 'file' },
} as const;

/** The lines of a text file that are not blank. */
export async function textLines(file: string): Promise<string[]> {
  return (await readText(file)).split('\n').flatMap((line) => line.trim() || []);
}

/** Throws MokusError `input` naming a file that is no JSON. */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MokusError('input', `${file} is no JSON (${String(cause)}); mend what is said there`, { file, cause });
  }
}

/**
 * Pictures by their files or folders, which commas part; on white where they are transparent, and cropped to a square of
 * `size` pixels where that is given. Throws MokusError `input` naming what is missing or no picture, and a picture of
 * another size than the first.
 */
export async function readPictures(paths: string, size: number | undefined): Promise<readonly RawImage[]> {
  const files = (await Promise.all(words(paths).map(pictureFiles))).flat();
  const images = await Promise.all(files.map((file) => preparedPicture(file, size)));
  const [first] = images;
  if (first === undefined) {
    throw new MokusError('input', `there is no PNG, JPEG or WebP picture in ${paths}; give three to five`, {
      field: 'pictures',
    });
  }
  const other = images.findIndex(({ width, height }) => width !== first.width || height !== first.height);
  if (other === -1) return images;
  const sizes = [other, 0].map((at) => `${files[at]} is ${images[at]?.width} x ${images[at]?.height} pixels`);
  const message = `${sizes.join(', ')}; --size N crops all to squares of N pixels`;
  throw new MokusError('input', message, { field: 'size', file: files[other] ?? '' });
}

/** The pictures of a folder by name, or the file itself. */
async function pictureFiles(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw new MokusError('input', `there is no picture or folder ${path}; check the path`, { file: path });
  if (!found.isDirectory()) return [path];
  return (await readdir(path))
    .filter(isPicture)
    .sort()
    .map((name) => join(path, name));
}

function isPicture(name: string): boolean {
  return /\.(?:png|jpe?g|webp)$/i.test(name);
}

/** A picture on white, cropped to a square of `size` pixels where that is given. Throws as {@link readPictures}. */
export async function preparedPicture(file: string, size: number | undefined): Promise<RawImage> {
  const { data, width, height } = await readImage(file);
  const flat = sharp(data, { raw: { width, height, channels: 4 } }).flatten({ background: 'white' });
  const sized = size === undefined ? flat : flat.resize(size, size, { fit: 'cover' });
  const { data: pixels, info } = await sized.ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8ClampedArray(pixels) };
}
