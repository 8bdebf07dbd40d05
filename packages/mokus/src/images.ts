import { writeFileWhole } from '@mokus/checkpoint/node';
import { MokusError, type RawImage } from '@mokus/core';
import sharp from 'sharp';

/** Largest picture that is read, in pixels: 8192 x 8192. A file says its size before it is decoded. */
const maxPixels = 8192 * 8192;

const formats: ReadonlySet<string> = new Set(['png', 'jpeg', 'webp']);

/** Reads a PNG, JPEG or WebP as RGBA, upright as its EXIF says. Throws MokusError `input` naming the file when it is none or too large. */
export async function readImage(file: string | Uint8Array): Promise<RawImage> {
  try {
    const picture = sharp(file, { limitInputPixels: maxPixels });
    // Of the others some are programs: an SVG says what to draw, and what to read for it.
    const { format } = await picture.metadata();
    if (!formats.has(format)) throw new Error(`its format is ${format}`);
    const { data, info } = await picture.autoOrient().ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) };
  } catch (cause) {
    const name = typeof file === 'string' ? file : 'the picture';
    const message = `${name} cannot be read as a PNG, JPEG or WebP picture (${String(cause)}); save it as one of these again`;
    throw new MokusError('input', message, { ...(typeof file === 'string' ? { file } : {}), cause });
  }
}

/** The picture as a PNG file's bytes. Throws MokusError `input` for what is no picture, such as a list of them. */
export async function encodePng({ width, height, data }: RawImage): Promise<Uint8Array> {
  if (data?.length !== width * height * 4) {
    const given =
      data === undefined ? 'this has no data' : `${width} x ${height} pixels came with ${data.length} bytes`;
    throw new MokusError(
      'input',
      `a picture is { width, height, data } with four bytes a pixel, but ${given}; write each of generate's images`,
    );
  }
  return sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
}

/** Writes a PNG file, whole or not at all. Throws MokusError `disk`, and `input` for what is no picture. */
export async function writePng(image: RawImage, file: string): Promise<void> {
  await writeFileWhole(file, [await encodePng(image)]);
}
