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
    throw new MokusError('input', `${file} cannot be read: ${String(cause)}`, { file, cause });
  }
}

/** The lines of a text file that are not blank. */
export async function textLines(file: string): Promise<string[]> {
  return (await readText(file)).split('\n').flatMap((line) => line.trim() || []);
}

/** Throws MokusError `input` naming a file that is no JSON. */
export async function readJsonFile(file: string): Promise<unknown> {
  const text = await readText(file);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MokusError('input', `${file} is no JSON: ${String(cause)}`, { file, cause });
  }
}

/**
 * Pictures by their files or folders, which commas part; on white where they are transparent, and cropped to a square of
 * `size` pixels where that is given. Throws MokusError `input` naming what is missing or no picture.
 */
export async function readPictures(
  paths: string,
  size: number | undefined,
): Promise<readonly { readonly file: string; readonly image: RawImage }[]> {
  const files: string[] = [];
  for (const path of words(paths)) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) throw new MokusError('input', `there is no picture or folder ${path}`, { file: path });
    if (!found.isDirectory()) files.push(path);
    else
      files.push(
        ...(await readdir(path))
          .filter(isPicture)
          .sort()
          .map((name) => join(path, name)),
      );
  }
  return Promise.all(files.map(async (file) => ({ file, image: await preparedPicture(file, size) })));
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
