import { type ByteSource, type ByteStore, MokusError, type RunOptions, sha256, throwIfCancelled } from '@mokus/core';
import { memorySource } from '@mokus/safetensors';
import { type FolderSource, missingFile } from './folder-source.js';
import { checkRelativePath } from './relative-path.js';

/** A file of a folder, as whoever serves the folder lists it. */
export interface ListedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** Bytes that are asked for at a time. */
const chunkBytes = 4 * 2 ** 20;

/** Those of the files that are not in the store, to say what a download would take. */
export async function missingFiles(files: readonly ListedFile[], store: ByteStore): Promise<readonly ListedFile[]> {
  const there = await Promise.all(files.map((file) => stored(file, store)));
  return files.filter((_, index) => there[index] === undefined);
}

/**
 * A folder whose files come from the store alone: those that are not there are fetched first, each whole or not at all, so
 * that a call which was cut off goes on at the file where it stopped. Afterwards nothing is asked of `remote`. A store
 * serves one revision of a folder: a file that changes and keeps its size is not fetched again. Progress: 'download', in
 * bytes of what had to be fetched.
 *
 * @throws MokusError `integrity` (a file of another size than listed), `checkpoint` (a path that would leave the folder),
 *   `cancelled`, and what `remote` and the store throw
 */
export async function cachedFolder(
  remote: FolderSource,
  files: readonly ListedFile[],
  store: ByteStore,
  { signal, onProgress }: RunOptions = {},
): Promise<FolderSource> {
  const wanted = await missingFiles(files, store);
  const total = wanted.reduce((sum, { size }) => sum + size, 0);
  let done = 0;
  for (const { path, size } of wanted) {
    const source = await remote.open(path);
    if (source.size !== size) {
      const message = `${remote.name}/${path} has ${source.size} bytes and is listed with ${size}; reload the list, or call again`;
      throw new MokusError('integrity', message, { file: path });
    }
    const chunks = chunksOf(source, signal, (bytes) => {
      done += bytes;
      onProgress?.({ kind: 'download', repository: remote.name, file: path, done, total });
    });
    await store.write(await nameOf(path), chunks, { signal });
  }
  const sizes = new Map(files.map((file) => [file.path, file]));
  return {
    name: remote.name,
    exists: async (path) => sizes.has(checkRelativePath(path)),
    async open(path) {
      const file = sizes.get(checkRelativePath(path));
      const source = file && (await stored(file, store));
      if (source === undefined) throw missingFile(remote.name, path);
      return source;
    },
    files: async () => [...sizes.keys()],
  };
}

async function stored({ path, size }: ListedFile, store: ByteStore): Promise<ByteSource | undefined> {
  // Never fetched: to a browser's store a file without bytes is none.
  if (size === 0) return memorySource(new Uint8Array(0), checkRelativePath(path));
  const source = await store.read(await nameOf(path));
  return source?.size === size ? source : undefined;
}

/** A store has no folders: what a path's own name leaves open stands in the digest. */
async function nameOf(path: string): Promise<string> {
  const digest = await sha256(new TextEncoder().encode(checkRelativePath(path)));
  return `${digest.slice(0, 16)}-${path.split('/').at(-1)}`;
}

async function* chunksOf(
  source: ByteSource,
  signal: AbortSignal | undefined,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += chunkBytes) {
    throwIfCancelled(signal, `downloading ${source.name ?? 'a file'}`);
    const bytes = await source.read(at, Math.min(chunkBytes, source.size - at));
    yield bytes;
    onRead(bytes.byteLength);
  }
}
