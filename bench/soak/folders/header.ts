/** The header of a .safetensors file, changed in a way that leaves the file in order. */
import type { SafetensorsStream } from '@mokus/safetensors';

export type Bytes = Uint8Array<ArrayBuffer>;

type Metadata = Readonly<Record<string, string>>;

/** The same tensors under other metadata. */
export function withMetadata(bytes: Bytes, change: (metadata: Metadata) => Metadata): Bytes {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const text = new TextEncoder().encode(JSON.stringify({ ...header, __metadata__: change(header.__metadata__ ?? {}) }));
  // As the reference implementation: tensors begin at a multiple of 8.
  const padded = Math.ceil(text.length / 8) * 8;
  const whole = new Uint8Array(8 + padded + bytes.length - 8 - length).fill(0x20);
  new DataView(whole.buffer).setBigUint64(0, BigInt(padded), true);
  whole.set(text, 8);
  whole.set(bytes.subarray(8 + length), 8 + padded);
  return whole;
}

/** A file that is written in pieces, as one. */
export async function joined(file: SafetensorsStream): Promise<Bytes> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk.slice());
  return Uint8Array.from(Buffer.concat(chunks));
}
