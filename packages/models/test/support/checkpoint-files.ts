import { readdir, readFile } from 'node:fs/promises';
import { type CheckpointFiles, type Json, MokusError } from '@mokus/core';

/** Files by path: texts as they are, all else as JSON; undefined for one that is not there. */
export type FilesByPath = Readonly<Record<string, Json | undefined>>;

/** The text files of a folder of the fixtures. */
export async function fixtureFolder(folder: URL): Promise<Record<string, Json>> {
  const names = await readdir(folder);
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => {
        const text = await readFile(new URL(name, folder), 'utf8');
        return [name, name.endsWith('.json') ? (JSON.parse(text) as Json) : text] as const;
      }),
    ),
  );
}

/** A checkpoint of text files in memory; it has no weights. */
export function memoryFiles(files: FilesByPath): CheckpointFiles {
  const read = async (path: string): Promise<Json> => {
    const content = files[path];
    if (content === undefined) throw new MokusError('checkpoint', `here/${path} does not exist`, { file: path });
    return content;
  };
  return {
    name: 'here',
    exists: async (path) => files[path] !== undefined,
    readJson: read,
    readText: async (path) => String(await read(path)),
    weights: async () => ({ name: 'here', get: () => undefined, names: () => [] }),
  };
}
