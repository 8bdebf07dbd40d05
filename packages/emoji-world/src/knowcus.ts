import type { SheetFile } from './training-pictures.js';

/**
 * KnowCusBench's edition for this model: concepts that it never saw, in three styles of picture, with facts and prompts.
 * `file` is in the shape that `readKnowCus` of `@mokus/bench` reads. Picture p of concept c is cell 3 c + p of the sheet,
 * whose alpha is the exact mask.
 */
export const knowCus: { readonly file: URL; readonly sheet: SheetFile } = {
  file: new URL('../data/knowcus.json', import.meta.url),
  sheet: { file: new URL('../data/knowcus.png', import.meta.url), cellSize: 64, columns: 3 },
};
