import { MokusError, type RawImage } from '@mokus/core';
import sharp, { type OverlayOptions } from 'sharp';

export interface GridRow {
  /** Above the row's pictures. */
  readonly caption: string;
  /** One picture a column, from the left, each with the words under it. */
  readonly cells: readonly { readonly image: RawImage; readonly label: string }[];
}

export interface GridFont {
  readonly family: string;
  readonly file: string;
}

export interface PictureGridOptions {
  /** Side that pictures are scaled to, in pixels. Default: 128. */
  readonly side?: number | undefined;
  /** A TrueType font and its name. Default: the system's sans serif; a bare machine has none. */
  readonly font?: GridFont | undefined;
}

const gap = 16;
const labelHeight = 34;
const captionHeight = 26;

/**
 * Pictures side by side on white, with a head over each column, a caption over each row and a label under each picture.
 *
 * @throws MokusError `input` naming a row with more pictures than there are columns
 */
export async function pictureGrid(
  columns: readonly string[],
  rows: readonly GridRow[],
  { side = 128, font }: PictureGridOptions = {},
): Promise<RawImage> {
  const cellWidth = side + 4 * gap;
  const rowHeight = captionHeight + side + labelHeight + gap;
  const width = columns.length * cellWidth + gap;
  const height = captionHeight + rows.length * rowHeight + gap;
  const overlays: OverlayOptions[] = [];
  const write = async (text: string, left: number, top: number, room: number, size: number): Promise<void> => {
    if (text.trim() !== '') overlays.push({ input: await textPicture(text, room, size, font), left, top });
  };
  for (const [at, column] of columns.entries()) await write(column, gap + at * cellWidth, gap / 2, cellWidth - gap, 13);
  for (const [index, { caption, cells }] of rows.entries()) {
    if (cells.length > columns.length) {
      throw new MokusError(
        'input',
        `pictureGrid: row ${index} has ${cells.length} pictures, but there are ${columns.length} columns; name one for each`,
        { field: 'rows' },
      );
    }
    const top = captionHeight + gap / 2 + index * rowHeight;
    await write(caption, gap, top, width - 2 * gap, 12);
    for (const [at, { image, label }] of cells.entries()) {
      const left = gap + at * cellWidth;
      overlays.push({ input: await scaled(image, side), left, top: top + captionHeight });
      await write(label, left, top + captionHeight + side + 4, cellWidth - gap, 9);
    }
  }
  const data = await sharp({ create: { width, height, channels: 4, background: 'white' } })
    .composite(overlays)
    .raw()
    .toBuffer();
  return { width, height, data: new Uint8ClampedArray(data) };
}

async function textPicture(text: string, width: number, size: number, font: GridFont | undefined): Promise<Buffer> {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const face = font === undefined ? { font: `sans ${size}` } : { font: `${font.family} ${size}`, fontfile: font.file };
  return sharp({ text: { ...face, text: escaped, width, dpi: 72, rgba: true } })
    .png()
    .toBuffer();
}

async function scaled({ width, height, data }: RawImage, side: number): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 4 } })
    .resize(side, side, { kernel: 'cubic', fit: 'fill' })
    .png()
    .toBuffer();
}
