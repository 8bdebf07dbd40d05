/**
 * The element types of the format, in the order of the reference implementation
 * (`safetensors` 0.8): ascending alignment. Writers lay tensors out in the reverse of it, so the
 * order is part of what makes a file byte-identical to the reference's.
 */
export const DTYPES = [
  'BOOL',
  'F4',
  'F6_E2M3',
  'F6_E3M2',
  'U8',
  'I8',
  'F8_E5M2',
  'F8_E4M3',
  'F8_E8M0',
  'F8_E4M3FNUZ',
  'F8_E5M2FNUZ',
  'I16',
  'U16',
  'F16',
  'BF16',
  'I32',
  'U32',
  'F32',
  'C64',
  'F64',
  'I64',
  'U64',
] as const;

/** The name of an element type as it stands in a header, such as `"BF16"`. */
export type Dtype = (typeof DTYPES)[number];

const BITS: Readonly<Record<Dtype, number>> = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
};

const RANK: ReadonlyMap<string, number> = new Map(DTYPES.map((dtype, index) => [dtype, index]));

/** Whether `value` names an element type of the format. */
export function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && RANK.has(value);
}

/** Bits of one element: 4 and 6 for the sub-byte types, 64 for a complex number. */
export function dtypeBits(dtype: Dtype): number {
  return BITS[dtype];
}

/** Position in the reference's alignment order; larger means laid out earlier in a file. */
export function dtypeRank(dtype: Dtype): number {
  return RANK.get(dtype) ?? 0;
}

/** What `tensorByteLength` found: a length, or why there is none. */
export type ByteLength = { readonly bytes: number } | { readonly problem: 'overflow' | 'misaligned' };

/**
 * Bytes that a tensor of this dtype and shape occupies.
 *
 * Never wraps: a product beyond `Number.MAX_SAFE_INTEGER` is reported as `overflow`, and a
 * sub-byte tensor that does not end on a byte as `misaligned`.
 */
export function tensorByteLength(dtype: Dtype, shape: readonly number[]): ByteLength {
  let elements = 1;
  for (const size of shape) {
    elements *= size;
    if (!Number.isSafeInteger(elements)) return { problem: 'overflow' };
  }
  const bits = elements * BITS[dtype];
  if (!Number.isSafeInteger(bits)) return { problem: 'overflow' };
  return bits % 8 === 0 ? { bytes: bits / 8 } : { problem: 'misaligned' };
}
