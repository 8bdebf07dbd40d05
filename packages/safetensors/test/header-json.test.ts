import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HeaderJson, HeaderJsonError, InexactNumber, parseHeaderJson } from '../src/header-json.js';

const parse = (text: string): HeaderJson => parseHeaderJson(text, 100);

/** As JSON.parse gives it. Equal wherever JSON.parse is right to accept. */
function plain(value: HeaderJson): unknown {
  if (value instanceof InexactNumber) return Number(value.literal);
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

describe('header JSON', () => {
  it('is read as JSON.parse reads it, spaced in any way', () => {
    const value = fc.jsonValue({ maxDepth: 5 }).filter((json) => !/\\ud/.test(JSON.stringify(json)));
    fc.assert(
      fc.property(value, fc.constantFrom(0, 1, '\t', ' \n\r'), (json, space) => {
        const text = JSON.stringify(json, null, space);
        expect(plain(parse(`${text} \n`))).toEqual(JSON.parse(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('accepts nothing that JSON.parse refuses', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      'a',
      '0',
      '1',
      '-',
      '.',
      'e',
      ' ',
      'true',
      'null',
      '\\u',
      '00e9',
      '\n',
      '\u0001',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        let ours: unknown;
        try {
          ours = plain(parse(text));
        } catch (error) {
          expect(error).toBeInstanceOf(HeaderJsonError);
          return;
        }
        expect(JSON.parse(text)).toEqual(ours);
      }),
      { numRuns: 5_000 },
    );
  });

  it('tells integers from other numbers', () => {
    expect(parse('[0,-1,9007199254740991]')).toEqual([0, -1, 9007199254740991]);
    for (const literal of ['1.0', '1e3', '9007199254740992', '-9007199254740992', '1e999']) {
      expect(parse(literal)).toEqual(new InexactNumber(literal));
    }
  });

  it('refuses names that stand twice, spelled alike or not', () => {
    for (const text of ['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '{"x":{"":1,"":1}}']) {
      expect(() => parse(text)).toThrow(expect.objectContaining({ kind: 'duplicate' }));
    }
  });

  it('keeps names of prototypes as names', () => {
    expect(parse('{"__proto__":1,"constructor":2}')).toEqual(
      new Map([
        ['__proto__', 1],
        ['constructor', 2],
      ]),
    );
  });

  it('stays linear in long runs of escapes: quadratic work would outlast the limit of the test', () => {
    expect(parse(`"${'\\\\'.repeat(500_000)}"`)).toBe('\\'.repeat(500_000));
    expect(() => parse(`"${'\\"'.repeat(500_000)}`)).toThrow(HeaderJsonError);
  });
});
