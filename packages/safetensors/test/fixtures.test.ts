/** Files that the reference implementation wrote: read, written again byte for byte, converted to the same numbers. */
import { describe, expect, it } from 'vitest';
import {
  DTYPES,
  dtypeBits,
  fromFloats,
  type SafetensorsFile,
  type TensorToWrite,
  toFloat32Array,
  toFloat64Array,
  toTypedArray,
  writeSafetensors,
} from '../src/index.js';
import { fixtureBytes, openFixture, report } from './support/fixtures.js';

async function tensorsOf(file: SafetensorsFile): Promise<TensorToWrite[]> {
  return Promise.all(
    [...file.tensors.values()].map(async ({ name, dtype, shape }) => ({
      name,
      dtype,
      shape,
      data: await file.read(name),
    })),
  );
}

describe('every dtype', () => {
  it('is known, and no other', () => {
    expect([...DTYPES].sort()).toEqual(report.dtypes);
  });

  it.each(DTYPES)('%s is read with its shape and its bytes', async (dtype) => {
    const isF6 = dtype.startsWith('F6_');
    const file = await openFixture(isF6 ? 'dtypes-f6.safetensors' : 'dtypes.safetensors');
    const entry = file.entry(`t.${dtype}`);
    expect(entry.dtype).toBe(dtype);
    expect(entry.shape).toEqual([2, 4]);
    expect(entry.length).toBe(dtypeBits(dtype));
    const bytes = await file.read(`t.${dtype}`);
    expect([...bytes]).toEqual(Array.from({ length: entry.length }, (_, index) => index));
    const array = toTypedArray(bytes, dtype);
    expect(array.byteLength).toBe(entry.length);
  });

  it.each(['dtypes.safetensors', 'dtypes-f6.safetensors'])('%s is written byte for byte', async (name) => {
    const file = await openFixture(name);
    // Given in the opposite order: the order of a file is the format's, not the caller's.
    const tensors = (await tensorsOf(file)).reverse();
    expect(await writeSafetensors(tensors)).toEqual(fixtureBytes(name));
  });
});

describe('edges', () => {
  it('reads scalars, empty tensors and any name', async () => {
    const file = await openFixture('edge.safetensors');
    expect(file.entry('scalar').shape).toEqual([]);
    expect(toFloat32Array(await file.read('scalar'), 'F32')).toEqual(Float32Array.of(1.5));
    expect(file.entry('empty')).toMatchObject({ shape: [0, 3], length: 0 });
    expect(await file.read('empty')).toEqual(new Uint8Array(0));
    expect(toTypedArray(await file.read('__proto__'), 'I64')).toEqual(BigInt64Array.of(1n, 2n, 3n));
    expect([...(await file.read('constructor'))]).toEqual([1, 0]);
    expect([...(await file.read('quote " back \\ slash / newline \n'))]).toEqual([7]);
    expect(toTypedArray(await file.read('ünï-😀'), 'I8')).toEqual(Int8Array.of(-1));
    expect(toTypedArray(await file.read(''), 'I16')).toEqual(Int16Array.of(9));
    expect(file.metadata).toEqual({ format: 'pt \u2028 \u007f \u001f é' });
  });

  it('writes them byte for byte', async () => {
    const file = await openFixture('edge.safetensors');
    const written = await writeSafetensors(await tensorsOf(file), { metadata: file.metadata });
    expect(written).toEqual(fixtureBytes('edge.safetensors'));
  });

  it('reads and writes a file without tensors', async () => {
    const file = await openFixture('empty.safetensors');
    expect(file.tensors.size).toBe(0);
    expect(await writeSafetensors([])).toEqual(fixtureBytes('empty.safetensors'));
  });
});

describe('conversions agree with torch and numpy', () => {
  const cases = [
    ['F32', 'f64', 'f32'],
    ['F16', 'f32', 'f16.from_f32'],
    ['BF16', 'f32', 'bf16.from_f32'],
    ['F16', 'f64', 'f16.from_f64'],
  ] as const;

  it.each(cases)('to %s from %s', async (dtype, from, to) => {
    const file = await openFixture('convert.safetensors');
    const bytes = await file.read(from);
    const values = from === 'f64' ? toFloat64Array(bytes, 'F64') : toFloat32Array(bytes, 'F32');
    const ours = toFloat64Array(fromFloats(values, dtype), dtype);
    expect(ours).toEqual(toFloat64Array(await file.read(to), dtype));
    expect(ours.some(Number.isNaN)).toBe(true);
  });

  it.each([
    ['F16', 'f16.from_f32', 'f16.as_f32'],
    ['BF16', 'bf16.from_f32', 'bf16.as_f32'],
    ['F16', 'f16.sweep', 'f16.sweep_f32'],
  ] as const)('from %s: %s', async (dtype, from, to) => {
    const file = await openFixture('convert.safetensors');
    const singles = toFloat32Array(await file.read(from), dtype);
    expect(singles).toEqual(toFloat32Array(await file.read(to), 'F32'));
  });
});
