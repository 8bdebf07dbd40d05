import { MokusError } from '@mokus/core';
import { expect, it } from 'vitest';
import { createKeyHistory, createLifelongState } from '../src/index.js';

/** As a file that somebody else wrote is read: of no type. */
const parsed = (text: string): never => JSON.parse(text) as never;

it.each([
  ['[]', /the whole/],
  ['{"g": null}', /'g' of the saved state is null/],
  ['{"g": {"rows": []}}', /dIn of 'g' of the saved state is undefined/],
  ['{"g": {"dIn": 0, "rows": []}}', /dIn of 'g'/],
  ['{"g": {"dIn": 2, "rows": [1, 2, 3]}}', /rows of 'g' of the saved state is \[1,2,3\]/],
  ['{"g": {"dIn": 1, "rows": [null]}}', /rows of 'g'/],
  ['{"g": {"dIn": 1, "rows": "12"}}', /rows of 'g'/],
  ['{"g": {"dIn": 1, "rows": [1], "baseModel": 7}}', /baseModel of 'g' of the saved state is 7/],
])('a history is not read from %s', (text, message) => {
  expect(() => createKeyHistory(parsed(text))).toThrow(MokusError);
  expect(() => createKeyHistory(parsed(text))).toThrow(message);
});

it.each([
  ['{"2 x 1": {"count": -1, "mean": [0], "squares": [0]}}', /count of '2 x 1' of the saved state is -1/],
  ['{"2 x 1": {"count": 1, "mean": [0, 0, 0], "squares": [0]}}', /squares of '2 x 1'/],
  ['{"2 x 1": {"count": 1, "mean": [0, 0, 0], "squares": []}}', /squares of '2 x 1'/],
  ['{"2 x 1": {"count": 1, "mean": [0, 0, 0], "squares": [0, -1, 0]}}', /squares of '2 x 1'.*\[0,-1,0\]/],
  ['{"32 x 48": {"count": 5, "mean": [1], "squares": [1]}}', /mean of '32 x 48' of the saved state is \[1\]/],
  ['{"2 x": {"count": 1, "mean": [0, 0], "squares": [0, 0]}}', /'2 x' of the saved state is no shape/],
  ['{"2 x 1": {"count": 1, "mean": [1e999], "squares": [0]}}', /mean of '2 x 1'/],
])('a lifelong state is not read from %s', (text, message) => {
  expect(() => createLifelongState(parsed(text))).toThrow(message);
});

it('both read what they wrote', () => {
  const history = createKeyHistory();
  history.add('g', 2, Float64Array.of(1, 2, 3, 4));
  expect(createKeyHistory(parsed(JSON.stringify(history))).toJSON()).toEqual(history.toJSON());
  const state = { '1 x 1': { count: 2, mean: [0.5, 1], squares: [0, 3] } };
  expect(createLifelongState(parsed(JSON.stringify(state))).toJSON()).toEqual(state);
});
