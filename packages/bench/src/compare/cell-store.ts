import type { Edit, Json, RawImage } from '@mokus/core';

/**
 * Where finished parts of a comparison are kept, by name. What is written is there whole or not at all, even when the
 * process is killed: `fileCellStore` of `@mokus/bench/node` is one on disk. Names are safe as those of files.
 */
export interface CellStore {
  /** Undefined for what was never finished. */
  readCell(name: string): Promise<Json | undefined>;
  writeCell(name: string, cell: Json): Promise<void>;
  readPicture(name: string): Promise<RawImage | undefined>;
  writePicture(name: string, picture: RawImage): Promise<void>;
  readEdit(name: string): Promise<Edit | undefined>;
  writeEdit(name: string, edit: Edit): Promise<void>;
}

/** One that lasts as long as it is held. */
export function memoryCellStore(): CellStore {
  const cells = new Map<string, Json>();
  const pictures = new Map<string, RawImage>();
  const edits = new Map<string, Edit>();
  return {
    readCell: async (name) => cells.get(name),
    writeCell: async (name, cell) => void cells.set(name, cell),
    readPicture: async (name) => pictures.get(name),
    writePicture: async (name, picture) => void pictures.set(name, picture),
    readEdit: async (name) => edits.get(name),
    writeEdit: async (name, edit) => void edits.set(name, edit),
  };
}
