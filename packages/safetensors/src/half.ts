/**
 * Numbers of 16 bits, from and to JavaScript's.
 *
 * BF16 is the upper half of an IEEE single: 1 sign, 8 exponent, 7 fraction bits. F16 is IEEE
 * half: 1, 5, 10. Rounding is to nearest, ties to even; overflow goes to infinity, a NaN stays a
 * (quiet) NaN, subnormals are exact.
 */

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** Bits of the F32 nearest to `value`, with the last bit set where that lost anything ("round to odd"). */
function oddSingleBits(value: number): number {
  // Rounding to 24 bits and then to 8 or 11 is not rounding once: 1 + 2^-8 + 2^-40 would lose its
  // 2^-40, become a tie and go down. Truncating with a sticky last bit keeps the second rounding right.
  single[0] = value;
  const rounded = single[0] ?? 0;
  const rawBits = bits[0] ?? 0;
  if (rounded === value || Number.isNaN(value)) return rawBits;
  const truncated = Math.abs(rounded) > Math.abs(value) ? rawBits - 1 : rawBits;
  return truncated | 1;
}

/** The BF16 nearest to a single given by its bits. */
export function bf16FromF32Bits(f32Bits: number): number {
  if ((f32Bits & 0x7fffffff) > 0x7f800000) return ((f32Bits >>> 16) | 0x40) & 0xffff;
  // Adding half an ulp, less one where the kept part is even, carries exactly when rounding is up.
  return (((f32Bits >>> 0) + 0x7fff + ((f32Bits >>> 16) & 1)) / 0x10000) >>> 0;
}

/** The F16 nearest to a single given by its bits. */
export function f16FromF32Bits(f32Bits: number): number {
  const sign = (f32Bits >>> 16) & 0x8000;
  const magnitude = f32Bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff);
  // 65520 is halfway between the largest finite half and the next power of two: it goes up.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) return sign | roundShift(magnitude - 0x38000000, 13);
  // Below 2^-14 a half is subnormal: a fixed-point number in units of 2^-24.
  const shift = 126 - (magnitude >>> 23);
  if (shift > 24) return sign;
  return sign | roundShift((magnitude & 0x7fffff) | 0x800000, shift);
}

/** `value / 2^shift`, to nearest, ties to even. */
function roundShift(value: number, shift: number): number {
  const kept = value >>> shift;
  const lost = value & (2 ** shift - 1);
  const tie = 2 ** (shift - 1);
  return lost > tie || (lost === tie && (kept & 1) === 1) ? kept + 1 : kept;
}

/** The BF16 nearest to `value`, rounded once. */
export function toBf16(value: number): number {
  return bf16FromF32Bits(oddSingleBits(value));
}

/** The F16 nearest to `value`, rounded once. */
export function toF16(value: number): number {
  return f16FromF32Bits(oddSingleBits(value));
}

/** The number that a BF16 stands for. */
export function fromBf16(bf16: number): number {
  bits[0] = bf16 << 16;
  return single[0] ?? 0;
}

/** The number that an F16 stands for. */
export function fromF16(f16: number): number {
  const sign = (f16 & 0x8000) === 0 ? 1 : -1;
  const exponent = (f16 >>> 10) & 0x1f;
  const fraction = f16 & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
