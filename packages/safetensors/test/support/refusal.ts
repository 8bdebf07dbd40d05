import { SafetensorsError } from '../../src/index.js';

/** The SafetensorsError that a call throws or rejects with; any other outcome fails. */
export async function refusalOf(run: () => unknown): Promise<SafetensorsError> {
  try {
    await run();
  } catch (error) {
    if (SafetensorsError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Header and data as a file. */
export function fileOf(header: string | object, dataBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.byteLength + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.byteLength), true);
  bytes.set(text, 8);
  return bytes;
}
