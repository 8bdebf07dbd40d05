import { expect, it } from 'vitest';
import { keptRotaryTable, rotaryTable } from '../../src/text-encoder/rotary-table.js';

const rotary = { theta: 10_000, scaling: { kind: 'none' } } as const;

it('a kept table has the numbers of a new one, whatever lengths came before', () => {
  const tableOf = keptRotaryTable(8, rotary);
  for (const length of [3, 7, 1, 40, 7, 41]) expect(tableOf(length)).toEqual(rotaryTable(length, 8, rotary));
});

it('the same tensors come back for the same length, as long as it is among the last eight', () => {
  const tableOf = keptRotaryTable(8, rotary);
  const first = tableOf(3);
  for (let length = 10; length < 17; length++) tableOf(length);
  expect(tableOf(3)).toBe(first);
  for (let length = 20; length < 28; length++) tableOf(length);
  expect(tableOf(3)).not.toBe(first);
});

it('a growing length computes few tables', () => {
  const tableOf = keptRotaryTable(8, rotary);
  const buffers = new Set(Array.from({ length: 100 }, (_, token) => tableOf(10 + token).cos.data.buffer));
  expect(buffers.size).toBe(4); // 20, 42, 86 and 174 positions
});
