import type { Dtype } from './dtype.js';
import { SafetensorsError } from './errors.js';
import { bf16FromF32Bits, f16FromF32Bits, fromF16, toBf16, toF16 } from './half.js';
import { toBytes, toTypedArray } from './typed-array.js';

/** The dtypes that can be converted from and to JavaScript's numbers. */
export type FloatDtype = 'F16' | 'BF16' | 'F32' | 'F64';

const FLOATS: ReadonlySet<string> = new Set<FloatDtype>(['F16', 'BF16', 'F32', 'F64']);

/** Whether tensors of this dtype can be converted to floats and back. */
export function isFloatDtype(dtype: Dtype): dtype is FloatDtype {
  return FLOATS.has(dtype);
}

/**
 * A tensor's bytes as singles: exact from F16, BF16 and F32, rounded to nearest from F64.
 * The result is always a copy.
 *
 * @throws SafetensorsError unsupported-dtype, length-mismatch
 */
export function toFloat32Array(bytes: Uint8Array, dtype: Dtype): Float32Array<ArrayBuffer> {
  switch (dtype) {
    case 'F32':
      return new Float32Array(toTypedArray(bytes, dtype));
    case 'F64':
      return new Float32Array(toTypedArray(bytes, dtype));
    case 'BF16':
      return bf16ToFloat32(toTypedArray(bytes, dtype));
    case 'F16':
      return f16ToFloat32(toTypedArray(bytes, dtype));
    default:
      throw unsupported(dtype);
  }
}

/**
 * A tensor's bytes as doubles, exactly. The result is always a copy.
 *
 * @throws SafetensorsError unsupported-dtype, length-mismatch
 */
export function toFloat64Array(bytes: Uint8Array, dtype: Dtype): Float64Array<ArrayBuffer> {
  return dtype === 'F64'
    ? new Float64Array(toTypedArray(bytes, dtype))
    : new Float64Array(toFloat32Array(bytes, dtype));
}

/**
 * Numbers as the bytes of a tensor of `dtype`, each rounded once to nearest, ties to even; what is
 * too large becomes infinite, NaN stays NaN. The result is a copy.
 *
 * @throws SafetensorsError unsupported-dtype
 */
export function fromFloats(values: Float32Array | Float64Array, dtype: Dtype): Uint8Array {
  switch (dtype) {
    case 'F32':
      return toBytes(new Float32Array(values));
    case 'F64':
      return toBytes(new Float64Array(values));
    case 'BF16':
      return toBytes(values instanceof Float32Array ? halves(values, bf16FromF32Bits) : each(values, toBf16));
    case 'F16':
      return toBytes(values instanceof Float32Array ? halves(values, f16FromF32Bits) : each(values, toF16));
    default:
      throw unsupported(dtype);
  }
}

function unsupported(dtype: Dtype): SafetensorsError {
  return new SafetensorsError(
    'unsupported-dtype',
    `${dtype} is not converted to or from floats`,
    'Only F16, BF16, F32 and F64 are: convert the tensor in the tool that wrote it',
  );
}

function bf16ToFloat32(bf16: Uint16Array): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(bf16.length);
  for (let index = 0; index < bits.length; index += 1) bits[index] = (bf16[index] ?? 0) << 16;
  return new Float32Array(bits.buffer);
}

/** All 65,536 halves as singles (256 kB), made when first needed: a lookup is several times faster. */
let halfTable: Float32Array | undefined;

function f16ToFloat32(f16: Uint16Array): Float32Array<ArrayBuffer> {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, half) => fromF16(half));
  const table = halfTable;
  const singles = new Float32Array(f16.length);
  for (let index = 0; index < singles.length; index += 1) {
    singles[index] = table[f16[index] ?? 0] ?? 0;
  }
  return singles;
}

/** Works on bits: reading a NaN as a number may change its payload. */
function halves(values: Float32Array, convert: (bits: number) => number): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const result = new Uint16Array(values.length);
  for (let index = 0; index < result.length; index += 1) result[index] = convert(bits[index] ?? 0);
  return result;
}

function each(values: Float64Array, convert: (value: number) => number): Uint16Array {
  const result = new Uint16Array(values.length);
  for (let index = 0; index < result.length; index += 1) {
    result[index] = convert(values[index] ?? 0);
  }
  return result;
}
