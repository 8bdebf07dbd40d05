import { describe, expect, it } from 'vitest';
import { describeJson, type Json } from '../src/index.js';

describe('a JSON value in a message', () => {
  it.each<[Json | undefined, string]>([
    [undefined, 'undefined'],
    [null, 'null'],
    [1.5, '1.5'],
    [true, 'true'],
    ['a "b"', '"a \\"b\\""'],
    ['x'.repeat(500), `"${'x'.repeat(100)}"…`],
    ['\u001b[31m \u009b31m \u202e', '"\\u001b[31m \\u009b31m \\u202e"'],
    [[1, 'a', null], '[1,"a",null]'],
    [[], '[]'],
    [[[1]], 'a list of 1'],
    [[1, 2, 3, 4, 5, 6, 7, 8, 9], 'a list of 9'],
    [{ a: 1 }, 'an object'],
  ])('%j is %s', (value, expected) => {
    expect(describeJson(value)).toBe(expected);
  });

  it('may be nested deeper than can be walked', () => {
    const deep: Json = JSON.parse(`${'['.repeat(1e5)}${']'.repeat(1e5)}`);
    expect(() => JSON.stringify(deep)).toThrow(RangeError);
    expect(describeJson(deep)).toBe('a list of 1');
  });
});
