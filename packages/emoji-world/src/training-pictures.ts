import type { EmojiConcept, Scene } from './index.js';

/** A picture that the image model was trained on: a concept in front of a scene's background. */
export interface TrainingPicture {
  readonly concept: string;
  readonly scene: string;
  /** RGB, 8 bits a channel, row by row, cellSize x cellSize. */
  readonly rgb: Uint8Array;
}

/** The decoded sheet: RGBA, row by row. */
export interface DecodedSheet {
  readonly width: number;
  readonly data: ArrayLike<number>;
}

/** How the sheet's square cells lie: row by row. */
export interface SheetLayout {
  readonly cellSize: number;
  readonly columns: number;
}

/** A sheet in its file, a PNG. */
export interface SheetFile extends SheetLayout {
  readonly file: URL;
}

/** One cell of a sheet: RGBA, 8 bits a channel, row by row, cellSize x cellSize. */
export function sheetCell(
  sheet: DecodedSheet,
  { cellSize, columns }: SheetLayout,
  cell: number,
): Uint8ClampedArray<ArrayBuffer> {
  const left = (cell % columns) * cellSize;
  const top = Math.floor(cell / columns) * cellSize;
  const rgba = new Uint8ClampedArray(cellSize * cellSize * 4);
  for (let y = 0; y < cellSize; y++) {
    const from = ((top + y) * sheet.width + left) * 4;
    for (let at = 0; at < cellSize * 4; at++) rgba[y * cellSize * 4 + at] = sheet.data[from + at] as number;
  }
  return rgba;
}

/** All concepts in all scenes; of identical pictures the first stands for all. Anchors have none. */
export function composeTrainingPictures(
  sheet: DecodedSheet,
  layout: SheetLayout,
  concepts: readonly EmojiConcept[],
  scenes: readonly Scene[],
): TrainingPicture[] {
  const seen = new Map<string, TrainingPicture>();
  // One character for each byte.
  const latin1 = new TextDecoder('latin1');
  for (const { name, cell } of concepts) {
    if (cell === undefined) continue;
    for (const scene of scenes) {
      const rgb = compose(sheet, layout, cell, scene.rgb);
      const key = latin1.decode(rgb);
      if (!seen.has(key)) seen.set(key, { concept: name, scene: scene.name, rgb });
    }
  }
  return [...seen.values()];
}

/** round(alpha * foreground + (1 - alpha) * background), as the training pictures were composed. */
function compose(sheet: DecodedSheet, layout: SheetLayout, cell: number, background: Scene['rgb']): Uint8Array {
  const rgba = sheetCell(sheet, layout, cell);
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let pixel = 0; pixel < rgba.length / 4; pixel++) {
    const alpha = (rgba[pixel * 4 + 3] as number) / 255;
    for (const [channel, behind] of background.entries()) {
      rgb[pixel * 3 + channel] = Math.round(alpha * (rgba[pixel * 4 + channel] as number) + (1 - alpha) * behind);
    }
  }
  return rgb;
}
