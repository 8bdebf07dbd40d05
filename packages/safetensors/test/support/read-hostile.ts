import { openSafetensors, SafetensorsError, type SafetensorsErrorCode, tensorByteLength } from '../../src/index.js';
import { SpyingSource } from './spying-source.js';

/** What became of a file: the code it was refused with, or that every tensor was read. */
export type Outcome = SafetensorsErrorCode | 'read';

/**
 * Reads a file that may be anything, all tensors of it. Throws unless it is either refused with a SafetensorsError or
 * consistent: entries inside the file, side by side, as long as their shapes say, read by asking for no byte outside.
 */
export async function readHostile(bytes: Uint8Array): Promise<Outcome> {
  const source = new SpyingSource(bytes);
  const outcome = await readAll(source);
  if (source.outside !== undefined) throw new Error(`asked for ${source.outside}`);
  if (source.asked > source.size) throw new Error(`asked for ${source.asked} bytes of a file of ${source.size}`);
  return outcome;
}

async function readAll(source: SpyingSource): Promise<Outcome> {
  try {
    const file = await openSafetensors(source);
    let end: number | undefined;
    for (const [name, entry] of file.tensors) {
      const length = tensorByteLength(entry.dtype, entry.shape);
      if (!('bytes' in length) || length.bytes !== entry.length) throw new Error(`${name}: length ${entry.length}`);
      if (end !== undefined && entry.offset !== end) throw new Error(`${name}: begins at ${entry.offset}, not ${end}`);
      end = entry.offset + entry.length;
      const bytes = await file.read(name);
      if (bytes.byteLength !== entry.length) throw new Error(`${name}: ${bytes.byteLength} bytes read`);
    }
    if (end !== undefined && end !== source.size) throw new Error(`the tensors end at ${end} of ${source.size}`);
    return 'read';
  } catch (error) {
    if (SafetensorsError.isInstance(error)) return error.code;
    throw error;
  }
}
