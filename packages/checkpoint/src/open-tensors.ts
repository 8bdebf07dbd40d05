import { MokusError } from '@mokus/core';
import { openSafetensors, SafetensorsError, type SafetensorsFile } from '@mokus/safetensors';
import type { FolderSource } from './folder-source.js';

/**
 * Opens a .safetensors file of a checkpoint: reads and checks its header.
 *
 * @throws MokusError `checkpoint`, naming file and tensor
 */
export async function openTensors(folder: FolderSource, path: string): Promise<SafetensorsFile> {
  const source = await folder.open(path);
  return asCheckpointError(path, () => openSafetensors(source));
}

/** Turns what the file format refuses into a MokusError `checkpoint`; other errors pass through. */
export async function asCheckpointError<Result>(file: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw SafetensorsError.isInstance(error) ? toCheckpointError(file, error) : error;
  }
}

/** The same refusal as a MokusError `checkpoint`. */
export function toCheckpointError(file: string, error: SafetensorsError): MokusError {
  const details = error.tensor === undefined ? { file } : { file, tensor: error.tensor };
  return new MokusError('checkpoint', error.message, { ...details, cause: error });
}
