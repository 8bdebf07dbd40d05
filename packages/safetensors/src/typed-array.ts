import type { Dtype } from './dtype.js';
import { SafetensorsError } from './errors.js';

/**
 * The array that holds a dtype's elements. Types that JavaScript has no array for keep their raw
 * bits: F16 and BF16 in a Uint16Array, C64 as pairs (real, imaginary) in a Float32Array, the
 * 8-bit and smaller ones (BOOL, F8, F6, F4) in a Uint8Array.
 */
export interface TypedArrays {
  readonly BOOL: Uint8Array;
  readonly F4: Uint8Array;
  readonly F6_E2M3: Uint8Array;
  readonly F6_E3M2: Uint8Array;
  readonly U8: Uint8Array;
  readonly I8: Int8Array;
  readonly F8_E5M2: Uint8Array;
  readonly F8_E4M3: Uint8Array;
  readonly F8_E8M0: Uint8Array;
  readonly F8_E4M3FNUZ: Uint8Array;
  readonly F8_E5M2FNUZ: Uint8Array;
  readonly I16: Int16Array;
  readonly U16: Uint16Array;
  readonly F16: Uint16Array;
  readonly BF16: Uint16Array;
  readonly I32: Int32Array;
  readonly U32: Uint32Array;
  readonly F32: Float32Array;
  readonly C64: Float32Array;
  readonly F64: Float64Array;
  readonly I64: BigInt64Array;
  readonly U64: BigUint64Array;
}

/** The arrays that elements are held in. */
export type ElementArray = TypedArrays[Dtype];

interface ArrayKind {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): ElementArray;
}

const KINDS: Readonly<Record<Dtype, ArrayKind>> = {
  BOOL: Uint8Array,
  F4: Uint8Array,
  F6_E2M3: Uint8Array,
  F6_E3M2: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  F8_E5M2: Uint8Array,
  F8_E4M3: Uint8Array,
  F8_E8M0: Uint8Array,
  F8_E4M3FNUZ: Uint8Array,
  F8_E5M2FNUZ: Uint8Array,
  I16: Int16Array,
  U16: Uint16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  F32: Float32Array,
  C64: Float32Array,
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
};

const LITTLE_ENDIAN: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * A tensor's bytes as the array of its dtype: a view where the bytes are aligned for it and the
 * machine is little-endian, otherwise a copy. Treat the result as read-only for that reason.
 *
 * @throws SafetensorsError length-mismatch, when the bytes are no whole number of elements
 */
export function toTypedArray<D extends Dtype>(bytes: Uint8Array, dtype: D): TypedArrays[D];
export function toTypedArray(bytes: Uint8Array, dtype: Dtype): ElementArray {
  const kind = KINDS[dtype];
  const size = kind.BYTES_PER_ELEMENT;
  if (bytes.byteLength % size !== 0) {
    throw new SafetensorsError(
      'length-mismatch',
      `${bytes.byteLength} bytes are no whole number of ${dtype} elements`,
      'Give all bytes of the tensor',
    );
  }
  const aligned = bytes.byteOffset % size === 0;
  // Not slice(): that of a Node Buffer copies nothing, and the view would stay where it cannot be read.
  const data = aligned && (LITTLE_ENDIAN || size === 1) ? bytes : new Uint8Array(bytes);
  if (!LITTLE_ENDIAN) swapBytes(data, size);
  return new kind(data.buffer, data.byteOffset, data.byteLength / size);
}

/**
 * The bytes of an array as a file holds them: a view on a little-endian machine, a swapped copy
 * on the others.
 */
export function toBytes(array: ElementArray): Uint8Array {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  if (LITTLE_ENDIAN || array.BYTES_PER_ELEMENT === 1) return bytes;
  const copy = bytes.slice();
  swapBytes(copy, array.BYTES_PER_ELEMENT);
  return copy;
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at + size <= bytes.byteLength; at += size) {
    bytes.subarray(at, at + size).reverse();
  }
}
