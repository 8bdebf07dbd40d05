import type { ByteSource } from '@mokus/core';
import { SafetensorsError, type SafetensorsStream } from '@mokus/safetensors';
import type { FolderSource } from '../folder-source.js';
import { toCheckpointError } from '../open-tensors.js';

/** A file of a folder to be written: its size is known before its first byte is read. */
export interface SavedFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** The file, piece by piece, in order; each piece is at most some 16 MiB. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Part of it, where that can be had without making what comes before. */
  range?(offset: number, length: number): AsyncIterable<Uint8Array>;
}

/** Bytes read at a time. */
const pieceBytes = 16 * 1024 * 1024;

/** A file taken over as it is. */
export async function copiedFile(folder: FolderSource, path: string): Promise<SavedFile> {
  const source = await folder.open(path);
  return {
    path,
    size: source.size,
    chunks: () => rangeChunks(source, 0, source.size),
    range: (offset, length) => rangeChunks(source, offset, length),
  };
}

/** A file of bytes that are there already. */
export function givenFile(path: string, bytes: Uint8Array): SavedFile {
  return {
    path,
    size: bytes.byteLength,
    chunks: async function* () {
      yield bytes;
    },
  };
}

/** Part of a source, in pieces. */
export async function* rangeChunks(source: ByteSource, offset: number, length: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length; done += pieceBytes) {
    yield await source.read(offset + done, Math.min(pieceBytes, length - done));
  }
}

/** A file of the safetensors format, ready to be written. */
export function streamedFile(path: string, stream: SafetensorsStream): SavedFile {
  return { path, size: stream.size, chunks: () => namingFile(path, stream.chunks()) };
}

/** The same pieces; what the file format refuses while they are made becomes a MokusError `checkpoint`. */
async function* namingFile(path: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw SafetensorsError.isInstance(error) ? toCheckpointError(path, error) : error;
  }
}
