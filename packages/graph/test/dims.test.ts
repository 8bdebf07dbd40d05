import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDims,
  bindDims,
  type Dim,
  dim,
  divideDims,
  elementCount,
  equalDims,
  evaluateDim,
  multiplyDims,
  quotientOfDims,
  type Shape,
  sizeOfShape,
  stridesOf,
  subtractDims,
  symbolsOf,
} from '../src/index.js';
import { expectGraphError } from './support/expect-graph-error.js';

const symbols = ['batch', 'height', 'width'];
const bindings = fc
  .tuple(fc.nat(20), fc.nat(20), fc.nat(20))
  .map((values) => new Map(symbols.map((symbol, index) => [symbol, values[index] as number])));
const leaf: fc.Arbitrary<Dim> = fc.oneof(fc.constantFrom(...symbols).map(dim), fc.nat(9));
/** Polynomials with coefficients from 0, so that they are dimensions whatever the symbols stand for. */
const polynomial: fc.Arbitrary<Dim> = fc.letrec<{ dim: Dim }>((tie) => ({
  dim: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.tuple(tie('dim'), tie('dim')).map(([a, b]) => addDims(a, b)),
    fc.tuple(tie('dim'), tie('dim')).map(([a, b]) => multiplyDims(a, b)),
  ),
})).dim;
const property = (check: (a: Dim, b: Dim, c: Dim, values: Map<string, number>) => void): void =>
  fc.assert(fc.property(polynomial, polynomial, polynomial, bindings, check), { numRuns: 300 });
const same = (a: Dim, b: Dim): void => expect(equalDims(a, b), `${a} and ${b}`).toBe(true);

describe('the algebra of dimensions', () => {
  test('is a commutative ring', () => {
    property((a, b, c) => {
      same(addDims(a, b), addDims(b, a));
      same(addDims(addDims(a, b), c), addDims(a, addDims(b, c)));
      same(multiplyDims(a, b), multiplyDims(b, a));
      same(multiplyDims(multiplyDims(a, b), c), multiplyDims(a, multiplyDims(b, c)));
      same(multiplyDims(a, addDims(b, c)), addDims(multiplyDims(a, b), multiplyDims(a, c)));
      same(addDims(a, 0), a);
      same(multiplyDims(a, 1), a);
      same(multiplyDims(a, 0), 0);
      same(subtractDims(a, a), 0);
      same(subtractDims(addDims(a, b), b), a);
    });
  });

  test('evaluates as the numbers do', () => {
    property((a, b, _, values) => {
      const [x, y] = [evaluateDim(a, values), evaluateDim(b, values)];
      expect(evaluateDim(addDims(a, b), values)).toBe(x + y);
      expect(evaluateDim(multiplyDims(a, b), values)).toBe(x * y);
      if (x >= y) expect(evaluateDim(subtractDims(a, b), values)).toBe(x - y);
    });
  });

  test('equal text means an equal dimension, and a result without symbols is a number', () => {
    property((a, b) => {
      expect(equalDims(a, b)).toBe(String(a) === String(b));
      for (const each of [addDims(a, b), multiplyDims(a, b), subtractDims(a, b)]) {
        expect(typeof each === 'number').toBe(symbolsOf(each).length === 0);
      }
    });
  });

  test('division rounds down, and undoes multiplication', () => {
    fc.assert(
      fc.property(polynomial, bindings, fc.integer({ min: 1, max: 7 }), fc.nat(20), (a, values, divisor, rest) => {
        const whole = addDims(multiplyDims(a, divisor), rest);
        const expected = Math.floor(evaluateDim(whole, values) / divisor);
        expect(evaluateDim(divideDims(whole, divisor), values)).toBe(expected);
        same(divideDims(multiplyDims(a, divisor), divisor), a);
      }),
    );
    const n = dim('n');
    expectGraphError(() => divideDims(addDims(multiplyDims(3, n), 1), 2), 'shape', '3*n + 1', '2');
    expect(String(divideDims(subtractDims(multiplyDims(2, n), 1), 2))).toBe('n + -1');
  });

  test('the quotient of a product by a monomial is the other factor', () => {
    const monomial = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.subarray(symbols))
      .map(([factor, of]) => multiplyDims(factor, ...of.map(dim)));
    fc.assert(
      fc.property(polynomial, monomial, (a, part) => {
        same(quotientOfDims(multiplyDims(a, part), part) ?? Number.NaN, a);
      }),
    );
    const n = dim('n');
    expect(quotientOfDims(multiplyDims(3, n), 2)).toBeUndefined();
    expect(quotientOfDims(6, n)).toBeUndefined();
    expect(quotientOfDims(addDims(n, 1), addDims(n, 1))).toBe(1);
    expect(quotientOfDims(addDims(n, 2), addDims(n, 1))).toBeUndefined();
    expect(quotientOfDims(n, 0)).toBeUndefined();
  });
});

test('a dimension is a name or a whole number from 0', () => {
  expect(String(dim('text.length_2'))).toBe('text.length_2');
  for (const wrong of ['', '2n', 'a*b', 'a b', -1, 1.5, Number.NaN]) expectGraphError(() => dim(wrong), 'shape');
});

test('a dimension without a value, or below 0, is refused by name', () => {
  const n = subtractDims(dim('n'), 3);
  expectGraphError(() => evaluateDim(n, new Map()), 'shape', '"n"');
  expectGraphError(() => evaluateDim(n, new Map([['n', 2]])), 'shape', 'n + -3', '-1');
});

describe('binding', () => {
  const declared = (shapes: Record<string, Shape>) => Object.entries(shapes).map(([name, shape]) => ({ name, shape }));
  const n = dim('n');

  test('reads symbols where they stand alone, and checks everything else', () => {
    const specs = declared({ twice: [multiplyDims(2, n)], x: [n, 3] });
    const bound = bindDims(specs, (name) => (name === 'x' ? [4, 3] : [8]));
    expect([...bound]).toEqual([['n', 4]]);
    expectGraphError(
      () => bindDims(specs, (name) => (name === 'x' ? [4, 3] : [9])),
      'input',
      '"twice"',
      '[9]',
      '2*n',
      '[8]',
    );
    expectGraphError(
      () => bindDims(specs, (name) => (name === 'x' ? [4, 2] : [8])),
      'input',
      '"x"',
      '[4, 2]',
      '[n, 3]',
    );
    expectGraphError(() => bindDims(specs, () => [4]), 'input', '"x"', '[4]', '[n, 3]');
  });

  test('one symbol has one value', () => {
    const specs = declared({ x: [n], y: [n] });
    expectGraphError(() => bindDims(specs, (name) => (name === 'x' ? [4] : [5])), 'input', '"y"', '[5]', '[4]');
  });

  test('a symbol that never stands alone has no value', () => {
    expectGraphError(() => bindDims(declared({ x: [multiplyDims(n, dim('m'))] }), () => [4]), 'shape', '"');
  });
});

test('the size of a shape is the product of its dimensions', () => {
  expect(sizeOfShape([])).toBe(1);
  expect(String(sizeOfShape([dim('b'), 2, dim('s'), 3]))).toBe('6*b*s');
});

test('elementCount and stridesOf are row-major', () => {
  expect([elementCount([]), elementCount([2, 3, 4]), elementCount([2, 0, 4])]).toEqual([1, 24, 0]);
  expect([stridesOf([]), stridesOf([7]), stridesOf([2, 3, 4])]).toEqual([[], [1], [12, 4, 1]]);
});
