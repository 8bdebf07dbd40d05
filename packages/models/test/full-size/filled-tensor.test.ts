import { toFloat32Array, writeSafetensors } from '@mokus/safetensors';
import { describe, expect, it } from 'vitest';
import { filled, filledTensor } from '../support/filled-tensor.js';

// Values from `filled` in tools/models-fixtures/fullwidth.py.
describe('numbers made from names', () => {
  it('are those that Python makes: a norm, a bias, a matrix', () => {
    expect([...filled('a.weight', [4])]).toEqual([1.2109375, 1.234375, 0.7890625, 1.203125]);
    expect([...filled('a.bias', [4])]).toEqual([0.1533203125, -0.1318359375, 0.2158203125, 0.1279296875]);
    const matrix = filled('blocks.0.weight', [2, 3072]);
    expect([...matrix.subarray(3072, 3076)]).toEqual([
      0.0191650390625, -0.0135498046875, 0.0064697265625, 0.0030517578125,
    ]);
    expect(matrix.reduce((sum, value) => sum + value, 0)).toBe(-0.094970703125);
  });

  it('are exact in bf16, piece by piece', async () => {
    const shape = [2049, 2050];
    const file = await writeSafetensors([filledTensor('m.weight', shape)]);
    const stored = file.subarray(file.byteLength - 2 * 2049 * 2050);
    expect(
      Buffer.from(toFloat32Array(stored, 'BF16').buffer).equals(Buffer.from(filled('m.weight', shape).buffer)),
    ).toBe(true);
  });
});
