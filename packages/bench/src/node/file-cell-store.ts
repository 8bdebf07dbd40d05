import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadEdit, saveEdit, writeFileWhole } from '@mokus/checkpoint/node';
import { type Json, MokusError, type RawImage } from '@mokus/core';
import type { CellStore } from '../compare/cell-store.js';

export interface FileCellStoreOptions {
  /** A picture as the bytes of a PNG file, and back, without loss. */
  readonly encodePicture: (picture: RawImage) => Promise<Uint8Array>;
  readonly decodePicture: (png: Uint8Array) => Promise<RawImage>;
}

export interface FileCellStore extends CellStore {
  readonly folder: string;
  /** A kept picture's PNG file. */
  picturePng(name: string): Promise<Uint8Array | undefined>;
}

/**
 * Keeps parts in `folder/cells`: NAME.json, NAME.png, NAME.safetensors. Each is written under a temporary name, flushed to
 * the disk and renamed, so a killed process leaves finished parts only. Throws MokusError `disk`; `checkpoint` for a part
 * that something else has damaged.
 */
export async function fileCellStore(folder: string | URL, options: FileCellStoreOptions): Promise<FileCellStore> {
  const root = resolve(folder instanceof URL ? fileURLToPath(folder) : folder);
  const cells = join(root, 'cells');
  await mkdir(cells, { recursive: true }).catch((cause: unknown) => {
    throw new MokusError('disk', `${cells} cannot be made (${String(cause)}); choose another folder`, { cause });
  });
  const fileOf = (name: string, extension: string): string => join(cells, `${name}.${extension}`);
  const picturePng = (name: string): Promise<Uint8Array | undefined> => readIfThere(fileOf(name, 'png'));
  return {
    folder: root,
    picturePng,
    async readCell(name) {
      const file = fileOf(name, 'json');
      const bytes = await readIfThere(file);
      if (bytes === undefined) return undefined;
      try {
        return JSON.parse(new TextDecoder().decode(bytes)) as Json;
      } catch (cause) {
        throw new MokusError('checkpoint', `${file} is no JSON; delete it to compute the part again`, { file, cause });
      }
    },
    async writeCell(name, cell) {
      await writeFileWhole(fileOf(name, 'json'), [new TextEncoder().encode(`${JSON.stringify(cell)}\n`)]);
    },
    async readPicture(name) {
      const png = await picturePng(name);
      return png && options.decodePicture(png);
    },
    async writePicture(name, picture) {
      await writeFileWhole(fileOf(name, 'png'), [await options.encodePicture(picture)]);
    },
    async readEdit(name) {
      const file = fileOf(name, 'safetensors');
      return existsSync(file) ? loadEdit(file) : undefined;
    },
    async writeEdit(name, edit) {
      await saveEdit(fileOf(name, 'safetensors'), edit);
    },
  };
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new MokusError(
      'disk',
      `${file} cannot be read (${String(cause)}); give this user the right to, or choose another folder`,
      { file, cause },
    );
  }
}
