import type { RawImage } from '@mokus/core';
import { type EmojiConcept, pictureSheet, type Scene } from '@mokus/emoji-world';

/** A picture that the model was trained on: a concept in front of a scene's background. */
export interface Candidate {
  readonly concept: string;
  readonly scene: string;
  /** RGB, 8 bits a channel, row by row. */
  readonly rgb: Uint8Array;
}

/** round(alpha * foreground + (1 - alpha) * background), as the training pictures were composed. */
function compose(sheet: RawImage, cell: number, [red, green, blue]: Scene['rgb']): Uint8Array {
  const { cellSize, columns } = pictureSheet;
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

/** All concepts in all scenes; of identical pictures the first stands for all. */
export function composeCandidates(
  sheet: RawImage,
  concepts: readonly EmojiConcept[],
  scenes: readonly Scene[],
): Candidate[] {
  const seen = new Map<string, Candidate>();
  for (const { name, cell } of concepts) {
    if (cell === undefined) continue;
    for (const scene of scenes) {
      const rgb = compose(sheet, cell, scene.rgb);
      const key = Buffer.from(rgb).toString('latin1');
      if (!seen.has(key)) seen.set(key, { concept: name, scene: scene.name, rgb });
    }
  }
  return [...seen.values()];
}
