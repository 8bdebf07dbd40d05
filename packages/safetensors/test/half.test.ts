/** Conversions against their definition: the nearest of all numbers that the type has, and ties to even. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBf16, fromF16, fromFloats, toBf16, toF16, toFloat32Array, toTypedArray } from '../src/index.js';
import { refusalOf } from './support/refusal.js';

const kinds = [
  { name: 'F16', to: toF16, from: fromF16, infinity: 0x7c00 },
  { name: 'BF16', to: toBf16, from: fromBf16, infinity: 0x7f80 },
] as const;

/** Bits of the nearest number, found by bisection over the positive ones: shares nothing with the code under test. */
function nearest(value: number, from: (bits: number) => number, infinity: number): number {
  const magnitude = Math.abs(value);
  let low = 0;
  let high = infinity;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (from(middle) <= magnitude) low = middle;
    else high = middle;
  }
  // Where the type ends, rounding goes on as if it did not: infinity stands for the next power of two.
  const above = high === infinity ? 2 * from(high - 1) - from(high - 2) : from(high);
  const down = magnitude - from(low);
  const up = above - magnitude;
  const bits = down < up || (down === up && low % 2 === 0) ? low : high;
  return Object.is(value, -0) || value < 0 ? bits | 0x8000 : bits;
}

describe.each(kinds)('$name', ({ name, to, from, infinity }) => {
  it('comes back from all its 65,536 values', () => {
    for (let bits = 0; bits < 65536; bits += 1) {
      const value = from(bits);
      if (Number.isNaN(value)) expect(from(to(value))).toBeNaN();
      else if (to(value) !== bits) expect.fail(`${bits}: ${value} came back as ${to(value)}`);
    }
  });

  it('is the nearest to any double, ties to even', () => {
    const doubles = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ min: -70000, max: 70000, noNaN: true }),
      fc.double({ min: -(2 ** -13), max: 2 ** -13, noNaN: true }),
      // Halfway between two neighbours, and a hair to either side.
      fc.tuple(fc.integer({ min: 0, max: infinity - 2 }), fc.constantFrom(0, -1, 1)).map(([bits, side]) => {
        const middle = (from(bits) + from(bits + 1)) / 2;
        return middle * (1 + side * 2 ** -50);
      }),
    );
    fc.assert(
      fc.property(doubles, fc.boolean(), (magnitude, isNegative) => {
        const value = isNegative ? -magnitude : magnitude;
        expect(to(value)).toBe(nearest(value, from, infinity));
      }),
      { numRuns: 5_000 },
    );
  });

  it('is the nearest to any single, in bulk', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, minLength: 1, maxLength: 50 }), (singles) => {
        const bits = toTypedArray(fromFloats(singles, name), name);
        expect([...bits]).toEqual(Array.from(singles, to));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps NaN a NaN, whatever its payload', () => {
    for (const payload of [0x7f800001, 0xff800001, 0x7fc00000, 0x7fffffff, 0x7f80ffff]) {
      const single = new Float32Array(Uint32Array.of(payload).buffer);
      expect(toFloat32Array(fromFloats(single, name), name)[0]).toBeNaN();
    }
    expect(from(to(Number.NaN))).toBeNaN();
  });
});

describe('conversion', () => {
  it('is exact for F32 and F64, and a copy', () => {
    const values = Float64Array.of(0.1, -0, 1e300, Number.NaN);
    const bytes = fromFloats(values, 'F64');
    values[0] = 7;
    expect(toTypedArray(bytes, 'F64')).toEqual(Float64Array.of(0.1, -0, 1e300, Number.NaN));
    expect(toFloat32Array(fromFloats(Float32Array.of(0.1), 'F32'), 'F32')).toEqual(Float32Array.of(0.1));
  });

  it.each([
    ['an array', new Uint8Array(13)],
    // What readFile gives.
    ['a Buffer', Buffer.alloc(13)],
  ])('reads bytes of %s at any alignment', (_, bytes) => {
    bytes.set(fromFloats(Float32Array.of(1, 2, 3), 'F32'), 1);
    expect(toFloat32Array(bytes.subarray(1), 'F32')).toEqual(Float32Array.of(1, 2, 3));
    expect(toTypedArray(bytes.subarray(1), 'F32')).toEqual(Float32Array.of(1, 2, 3));
  });

  it('refuses other dtypes and broken lengths', async () => {
    expect((await refusalOf(() => toFloat32Array(new Uint8Array(8), 'I64'))).code).toBe('unsupported-dtype');
    expect((await refusalOf(() => fromFloats(new Float32Array(1), 'U8'))).code).toBe('unsupported-dtype');
    expect((await refusalOf(() => toTypedArray(new Uint8Array(7), 'F32'))).code).toBe('length-mismatch');
  });
});
