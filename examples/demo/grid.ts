import { createRequire } from 'node:module';
import type { RawImage } from '@mokus/core';
import sharp, { type OverlayOptions } from 'sharp';

export interface GridRow {
  readonly caption: string;
  /** One picture a column, each with the words under it. */
  readonly cells: readonly { readonly image: RawImage; readonly label: string }[];
}

const side = 128;
const gap = 16;
const labelHeight = 34;
const captionHeight = 26;
// The font comes with a package: a bare machine has none.
const fontfile = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');

/** A captioned picture grid as one PNG file. */
export async function writeGrid(columns: readonly string[], rows: readonly GridRow[], file: string): Promise<void> {
  const cellWidth = side + 4 * gap;
  const rowHeight = captionHeight + side + labelHeight + gap;
  const width = columns.length * cellWidth + gap;
  const height = captionHeight + rows.length * rowHeight + gap;
  const overlays: OverlayOptions[] = [];
  const write = async (text: string, left: number, top: number, room: number, size: number): Promise<void> => {
    overlays.push({ input: await textPicture(text, room, size), left, top });
  };
  for (const [at, column] of columns.entries()) await write(column, gap + at * cellWidth, gap / 2, cellWidth - gap, 13);
  for (const [index, { caption, cells }] of rows.entries()) {
    const top = captionHeight + gap / 2 + index * rowHeight;
    await write(caption, gap, top, width - 2 * gap, 12);
    for (const [at, { image, label }] of cells.entries()) {
      const left = gap + at * cellWidth;
      overlays.push({ input: await scaled(image), left, top: top + captionHeight });
      await write(label, left, top + captionHeight + side + 4, cellWidth - gap, 9);
    }
  }
  await sharp({ create: { width, height, channels: 3, background: 'white' } })
    .composite(overlays)
    .png({ compressionLevel: 9 })
    .toFile(file);
}

async function textPicture(text: string, width: number, size: number): Promise<Buffer> {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return sharp({ text: { text: escaped, font: `DejaVu Sans ${size}`, fontfile, width, dpi: 72, rgba: true } })
    .png()
    .toBuffer();
}

async function scaled({ width, height, data }: RawImage): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 4 } })
    .resize(side, side, { kernel: 'cubic' })
    .png()
    .toBuffer();
}
