import { type ByteSource, type SecondMoment, sha256 } from '@mokus/core';
import { openSafetensors, SafetensorsError, streamSafetensors, toBytes, toFloat64Array } from '@mokus/safetensors';

/**
 * Second moments as one .safetensors file: a tensor F64 [dIn, dIn] for the sum of each input group; in the metadata
 * `format` = "mokus-second-moments", `of` (what they are of, as JSON), `batches` and `counts` (keys by group), and a
 * sha256 of these two and of the sums.
 */
const format = 'mokus-second-moments';

export interface MomentFile {
  /** Everything that the moments depend on, as text; a file of something else is not taken. */
  readonly of: string;
  /** Batches of the corpus that are in them. */
  readonly batches: number;
  /** By input group. */
  readonly moments: ReadonlyMap<string, SecondMoment>;
}

export async function encodeMoments({ of, batches, moments }: MomentFile): Promise<AsyncGenerator<Uint8Array>> {
  const groups = [...moments].map(([group, { dIn, count, sum }]) => ({ group, dIn, count, data: toBytes(sum) }));
  const counts = JSON.stringify(Object.fromEntries(groups.map(({ group, count }) => [group, count])));
  const progress = { batches: String(batches), counts };
  const parts = groups.map(({ data }) => data);
  return streamSafetensors(
    groups.map(({ group, dIn, data }) => ({ name: group, dtype: 'F64', shape: [dIn, dIn], data })),
    { metadata: { format, of, ...progress, digest: await digestOf(progress, parts) } },
  ).chunks();
}

/**
 * What a file holds; undefined for one that is damaged, or of something else than `of`: it is computed again. Errors of
 * the source pass through.
 */
export async function decodeMoments(source: ByteSource, of: string): Promise<MomentFile | undefined> {
  try {
    const file = await openSafetensors(source);
    const { metadata, tensors } = file;
    if (metadata.format !== format || metadata.of !== of) return undefined;
    const { batches = '', counts = '{}' } = metadata;
    const moments = new Map<string, SecondMoment>();
    const parts: Uint8Array[] = [];
    // In the order in which they were encoded, which the digest follows.
    for (const [group, count] of Object.entries<number>(JSON.parse(counts))) {
      const [dIn = 0, columns] = tensors.get(group)?.shape ?? [];
      if (tensors.get(group)?.dtype !== 'F64' || columns !== dIn || !Number.isSafeInteger(count)) return undefined;
      const bytes = await file.read(group);
      parts.push(bytes);
      moments.set(group, { dIn, count, sum: toFloat64Array(bytes, 'F64') });
    }
    if (metadata.digest !== (await digestOf({ batches, counts }, parts))) return undefined;
    return { of, batches: Number(batches), moments };
  } catch (error) {
    if (SafetensorsError.isInstance(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Bytes hashed at a time, as WebCrypto wants all of them at once. */
const chunkBytes = 64 * 1024 * 1024;

async function digestOf(
  { batches, counts }: { readonly batches: string; readonly counts: string },
  parts: readonly Uint8Array[],
): Promise<string> {
  const digests = [batches, counts];
  for (const part of parts) {
    for (let start = 0; start < part.length; start += chunkBytes) {
      digests.push(await sha256(part.subarray(start, start + chunkBytes)));
    }
  }
  return sha256(new TextEncoder().encode(digests.join(' ')));
}
