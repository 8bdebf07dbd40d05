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
function compose(
  sheet: DecodedSheet,
  { cellSize, columns }: SheetLayout,
  cell: number,
  [red, green, blue]: Scene['rgb'],
): Uint8Array {
  const left = (cell % columns) * cellSize;
  const top = Math.floor(cell / columns) * cellSize;
  const rgb = new Uint8Array(cellSize * cellSize * 3);
  for (let y = 0; y < cellSize; y++) {
    for (let x = 0; x < cellSize; x++) {
      const from = ((top + y) * sheet.width + left + x) * 4;
      const to = (y * cellSize + x) * 3;
      const alpha = (sheet.data[from + 3] as number) / 255;
      rgb[to] = Math.round(alpha * (sheet.data[from] as number) + (1 - alpha) * red);
      rgb[to + 1] = Math.round(alpha * (sheet.data[from + 1] as number) + (1 - alpha) * green);
      rgb[to + 2] = Math.round(alpha * (sheet.data[from + 2] as number) + (1 - alpha) * blue);
    }
  }
  return rgb;
}
