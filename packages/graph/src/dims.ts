import { GraphError } from './errors.js';

/**
 * A dimension is a number, or a polynomial with integer coefficients over named symbols: `batch`, `text + image`,
 * `8*height`. Polynomials are enough for every shape rule here and have a canonical form, so two dimensions are equal
 * exactly when their forms are.
 */
export type Dim = number | SymbolicDim;
/** What a shape may be written with: a string is a symbol of that name. */
export type DimLike = Dim | string;
export type Shape = readonly Dim[];
/** Values of the symbols, known when a program runs. */
export type DimBindings = ReadonlyMap<string, number>;

/** A monomial is its sorted symbols joined by `*`; the constant term has the empty monomial. */
type Terms = ReadonlyMap<string, number>;

export class SymbolicDim {
  readonly terms: Terms;
  /** Canonical text, such as `8*height + 1`. */
  readonly text: string;

  /** @internal Use {@link dim} and the arithmetic below. */
  constructor(terms: Terms) {
    this.terms = terms;
    this.text = [...terms]
      .sort(([a], [b]) => (a < b ? 1 : -1))
      .map(([monomial, factor]) =>
        monomial === '' ? String(factor) : factor === 1 ? monomial : `${factor}*${monomial}`,
      )
      .join(' + ');
  }

  toString(): string {
    return this.text;
  }
}

const symbolPattern = /^[A-Za-z_][A-Za-z0-9_.]*$/;

/** A dimension from a number, a symbol's name or a dimension. */
export function dim(value: DimLike): Dim {
  if (typeof value === 'string') {
    if (!symbolPattern.test(value)) {
      throw new GraphError('shape', `"${value}" cannot name a dimension: use letters, digits, _ and .`);
    }
    return new SymbolicDim(new Map([[value, 1]]));
  }
  if (typeof value === 'number' && (!Number.isSafeInteger(value) || value < 0)) {
    throw new GraphError('shape', `a dimension is a whole number from 0, got ${value}`);
  }
  return value;
}

function termsOf(value: Dim): Terms {
  return typeof value === 'number' ? new Map(value === 0 ? [] : [['', value]]) : value.terms;
}

function fromTerms(terms: Map<string, number>): Dim {
  for (const [monomial, factor] of terms) if (factor === 0) terms.delete(monomial);
  if (terms.size === 0) return 0;
  const constant = terms.get('');
  return terms.size === 1 && constant !== undefined ? constant : new SymbolicDim(terms);
}

export function addDims(...dims: readonly Dim[]): Dim {
  const sum = new Map<string, number>();
  for (const each of dims) {
    for (const [monomial, factor] of termsOf(each)) sum.set(monomial, (sum.get(monomial) ?? 0) + factor);
  }
  return fromTerms(sum);
}

export function subtractDims(a: Dim, b: Dim): Dim {
  return addDims(a, multiplyDims(-1, b));
}

export function multiplyDims(...dims: readonly Dim[]): Dim {
  // Numbers apart: nearly all dimensions are, and every operation of a program asks for a size or two.
  let factor = 1;
  let product: Terms | undefined;
  for (const each of dims) {
    if (typeof each === 'number') factor *= each;
    else product = product === undefined ? each.terms : multiplyTerms(product, each.terms);
  }
  if (factor === 0) return 0;
  if (product === undefined) return factor;
  return fromTerms(new Map([...product].map(([monomial, each]) => [monomial, factor * each])));
}

function multiplyTerms(left: Terms, right: Terms): Terms {
  const product = new Map<string, number>();
  for (const [a, aFactor] of left) {
    for (const [b, bFactor] of right) {
      const monomial = a === '' || b === '' ? a + b : [...a.split('*'), ...b.split('*')].sort().join('*');
      product.set(monomial, (product.get(monomial) ?? 0) + aFactor * bFactor);
    }
  }
  return product;
}

/**
 * Division rounded down. Every symbolic coefficient must be divisible, so that the result is a polynomial again
 * whatever the symbols stand for.
 */
export function divideDims(dividend: Dim, divisor: number): Dim {
  const quotient = new Map<string, number>();
  for (const [monomial, factor] of termsOf(dividend)) {
    if (monomial !== '' && factor % divisor !== 0) {
      throw new GraphError('shape', `${String(dividend)} is not divisible by ${divisor}: make its symbols multiples`);
    }
    quotient.set(monomial, Math.floor(factor / divisor));
  }
  return fromTerms(quotient);
}

/** `whole / part` where `part` is one monomial that divides every term of `whole`: how a reshape finds its open dimension. */
export function quotientOfDims(whole: Dim, part: Dim): Dim | undefined {
  const parts = [...termsOf(part)];
  const only = parts[0];
  if (parts.length !== 1 || only === undefined) return equalDims(whole, part) ? 1 : undefined;
  const [partMonomial, partFactor] = only;
  const quotient = new Map<string, number>();
  for (const [monomial, factor] of termsOf(whole)) {
    if (factor % partFactor !== 0) return undefined;
    const rest = monomial.split('*').filter(Boolean);
    for (const symbol of partMonomial.split('*').filter(Boolean)) {
      const at = rest.indexOf(symbol);
      if (at < 0) return undefined;
      rest.splice(at, 1);
    }
    quotient.set(rest.join('*'), factor / partFactor);
  }
  return fromTerms(quotient);
}

export function equalDims(a: Dim, b: Dim): boolean {
  return typeof a === 'number' || typeof b === 'number' ? a === b : a.text === b.text;
}

export function equalShapes(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((each, axis) => equalDims(each, b[axis] as Dim));
}

/** The number of elements of a shape. */
export function sizeOfShape(shape: Shape): Dim {
  return multiplyDims(1, ...shape);
}

/** The number of elements of a shape without symbols. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, each) => product * each, 1);
}

/** By how many elements a step along each axis moves, row-major. */
export function stridesOf(shape: readonly number[]): readonly number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

export function shapeText(shape: readonly DimLike[]): string {
  return `[${shape.map(String).join(', ')}]`;
}

/** The dimension's value; throws {@link GraphError} `shape` when a symbol has no value or the result is negative. */
export function evaluateDim(value: Dim, bindings: DimBindings): number {
  if (typeof value === 'number') return value;
  let sum = 0;
  for (const [monomial, factor] of value.terms) {
    let product = factor;
    for (const symbol of monomial.split('*').filter(Boolean)) {
      const bound = bindings.get(symbol);
      if (bound === undefined)
        throw new GraphError('shape', `no input says what the dimension "${symbol}" is; give one an axis of it`);
      product *= bound;
    }
    sum += product;
  }
  if (sum < 0)
    throw new GraphError('shape', `the dimension ${value.text} is ${sum} for these inputs; give larger ones`);
  return sum;
}

export function evaluateShape(shape: Shape, bindings: DimBindings): number[] {
  return shape.map((each) => evaluateDim(each, bindings));
}

/** The symbols that a dimension mentions. */
export function symbolsOf(value: Dim): string[] {
  if (typeof value === 'number') return [];
  const symbols = new Set<string>();
  for (const monomial of value.terms.keys()) for (const each of monomial.split('*')) if (each) symbols.add(each);
  return [...symbols];
}

/**
 * Binds the symbols of declared input shapes from actual ones. An input binds a symbol only where the symbol stands
 * alone (`['batch', 'seq']`); every other dimension is checked. Throws {@link GraphError} `input` that names the input.
 */
export function bindDims(
  declared: Iterable<{ readonly name: string; readonly shape: Shape }>,
  actual: (name: string) => readonly number[],
): Map<string, number> {
  const bindings = new Map<string, number>();
  const specs = [...declared];
  for (const { name, shape } of specs) {
    const got = actual(name);
    if (got.length !== shape.length) {
      throw new GraphError('input', `input "${name}" has shape ${shapeText(got)}, expected ${shapeText(shape)}`);
    }
    shape.forEach((each, axis) => {
      if (typeof each === 'number' || each.terms.get(each.text) !== 1 || each.terms.size !== 1) return;
      if (each.text.includes('*')) return;
      if (!bindings.has(each.text)) bindings.set(each.text, got[axis] as number);
    });
  }
  for (const { name, shape } of specs) {
    const got = actual(name);
    const expected = evaluateShape(shape, bindings);
    if (expected.some((each, axis) => each !== got[axis])) {
      throw new GraphError(
        'input',
        `input "${name}" has shape ${shapeText(got)}, expected ${shapeText(shape)} = ${shapeText(expected)}`,
      );
    }
  }
  return bindings;
}
