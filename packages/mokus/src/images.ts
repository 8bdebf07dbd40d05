import { localPath, writeFileWhole } from '@mokus/checkpoint/node';
import { describeJson, type Json, MokusError, type RawImage } from '@mokus/core';
import sharp from 'sharp';

/** Largest picture that is read, in pixels: 8192 x 8192. A file says its size before it is decoded. */
const maxPixels = 8192 * 8192;

const formats: ReadonlySet<string> = new Set(['png', 'jpeg', 'webp']);

/** Reads a PNG, JPEG or WebP as RGBA, upright as its EXIF says. Throws MokusError `input` naming the file when it is none or too large. */
export async function readImage(file: string | URL | Uint8Array): Promise<RawImage> {
  const from = file instanceof Uint8Array ? file : localPath(file);
  try {
    const picture = sharp(from, { limitInputPixels: maxPixels });
    // Of the others some are programs: an SVG says what to draw, and what to read for it.
    const { format } = await picture.metadata();
    if (!formats.has(format)) throw new Error(`its format is ${format}`);
    const { data, info } = await picture.autoOrient().ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) };
  } catch (cause) {
    const name = typeof from === 'string' ? from : 'the picture';
    const message = `${name} cannot be read as a PNG, JPEG or WebP picture (${String(cause)}); save it as one of these again`;
    throw new MokusError('input', message, { ...(typeof from === 'string' ? { file: from } : {}), cause });
  }
}

/** The picture as a PNG file's bytes. Throws MokusError `input` for what is no picture, such as a list of them. */
export async function encodePng(image: RawImage): Promise<Uint8Array> {
  const given = mismatch(image);
  if (given !== undefined) {
    throw new MokusError(
      'input',
      `a picture is { width, height, data } with four bytes a pixel, but ${given}; write each of generate's images, ` +
        'and give writePng the picture first, then the file',
    );
  }
  const { width, height, data } = image;
  return sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
}

/** What keeps a value from being a picture: callers may have no types. */
function mismatch(image: RawImage): string | undefined {
  if (typeof image !== 'object' || image === null) return `this is ${describeJson(image as Json | undefined)}`;
  const { width, height, data } = image;
  if (data === undefined) return 'this has no data';
  return data.length === width * height * 4 ? undefined : `${width} x ${height} pixels came with ${data.length} bytes`;
}

/** Writes a PNG file, whole or not at all. Throws MokusError `disk`, and `input` for what is no picture or no path. */
export async function writePng(image: RawImage, file: string | URL): Promise<void> {
  // The picture first: who swaps the two is told of the order.
  const bytes = await encodePng(image);
  await writeFileWhole(localPath(file), [bytes]);
}
