/**
 * A strict JSON reader for headers.
 *
 * JSON.parse is not enough: of two equal names it silently keeps the last, it turns `1.0` and
 * `1e3` into integers, it puts "__proto__" where lookups fall through to prototypes, and it
 * builds whatever it is given. This one refuses equal names, keeps objects as Maps, tells integer
 * literals from other numbers, and bounds depth, list lengths and member counts.
 */

/** A number that is no exact integer literal: has a fraction, an exponent, or too many digits. */
export class InexactNumber {
  readonly literal: string;
  constructor(literal: string) {
    this.literal = literal;
  }
}

/** A JSON value; `number` only for integer literals of at most 2^53 - 1 in magnitude. */
export type HeaderJson =
  | string
  | number
  | InexactNumber
  | boolean
  | null
  | readonly HeaderJson[]
  | ReadonlyMap<string, HeaderJson>;

/** Why a text was refused, and at which character. */
export class HeaderJsonError extends Error {
  readonly kind: 'syntax' | 'duplicate' | 'too-many-members';
  /** The name that stands twice. */
  readonly duplicate: string | undefined;
  constructor(kind: HeaderJsonError['kind'], message: string, duplicate?: string) {
    super(message);
    this.name = 'HeaderJsonError';
    this.kind = kind;
    this.duplicate = duplicate;
  }
}

/** No header needs more: tensors sit at depth 2, their offsets at depth 3. */
const MAX_DEPTH = 16;
/** No header needs more: shapes are bounded by the rank limit, offsets are two. */
const MAX_LIST = 4096;

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const INTEGER = /^-?[0-9]+$/;
const LONE_SURROGATE = /\p{Cs}/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these inside strings
const ESCAPE_OR_CONTROL = /[\\\u0000-\u001f]/;

/**
 * Reads one JSON value that fills `text` up to trailing white space.
 *
 * @param maxMembers most members that one object may have
 * @throws HeaderJsonError
 */
export function parseHeaderJson(text: string, maxMembers: number): HeaderJson {
  const reader = new Reader(text, maxMembers);
  const value = reader.value(0);
  reader.end();
  return value;
}

class Reader {
  private readonly text: string;
  private readonly maxMembers: number;
  private at = 0;

  constructor(text: string, maxMembers: number) {
    this.text = text;
    this.maxMembers = maxMembers;
  }

  value(depth: number): HeaderJson {
    if (depth > MAX_DEPTH) throw this.bad(`nesting deeper than ${MAX_DEPTH} levels`);
    this.space();
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth);
      case '[':
        return this.list(depth);
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  end(): void {
    this.space();
    if (this.at < this.text.length) throw this.bad('text after the end of the header');
  }

  private object(depth: number): ReadonlyMap<string, HeaderJson> {
    const members = new Map<string, HeaderJson>();
    this.at += 1;
    if (this.take('}')) return members;
    do {
      this.space();
      const name = this.string();
      if (!this.take(':')) throw this.bad('expected ":"');
      if (members.has(name)) {
        throw new HeaderJsonError('duplicate', 'the same name stands twice', name);
      }
      if (members.size >= this.maxMembers) {
        throw new HeaderJsonError('too-many-members', `more than ${this.maxMembers} entries`);
      }
      members.set(name, this.value(depth + 1));
    } while (this.take(','));
    if (!this.take('}')) throw this.bad('expected "," or "}"');
    return members;
  }

  private list(depth: number): readonly HeaderJson[] {
    const items: HeaderJson[] = [];
    this.at += 1;
    if (this.take(']')) return items;
    do {
      if (items.length >= MAX_LIST) throw this.bad(`a list of more than ${MAX_LIST} entries`);
      items.push(this.value(depth + 1));
    } while (this.take(','));
    if (!this.take(']')) throw this.bad('expected "," or "]"');
    return items;
  }

  private string(): string {
    if (this.text[this.at] !== '"') throw this.bad('expected a string');
    const close = this.closingQuote();
    const body = this.text.slice(this.at + 1, close);
    if (!ESCAPE_OR_CONTROL.test(body)) {
      this.at = close + 1;
      return body;
    }
    let value: unknown;
    try {
      value = JSON.parse(`"${body}"`);
    } catch {
      throw this.bad('a string with a wrong escape or a raw control character');
    }
    if (typeof value !== 'string' || LONE_SURROGATE.test(value)) {
      throw this.bad('a string with half of a surrogate pair');
    }
    this.at = close + 1;
    return value;
  }

  private closingQuote(): number {
    let quote = this.text.indexOf('"', this.at + 1);
    while (quote >= 0) {
      let escapes = 0;
      while (this.text[quote - 1 - escapes] === '\\') escapes += 1;
      if (escapes % 2 === 0) return quote;
      quote = this.text.indexOf('"', quote + 1);
    }
    throw this.bad('a string without an end');
  }

  private number(): number | InexactNumber {
    NUMBER.lastIndex = this.at;
    const literal = NUMBER.exec(this.text)?.[0];
    if (literal === undefined) throw this.bad('expected a value');
    this.at += literal.length;
    const value = Number(literal);
    return INTEGER.test(literal) && Number.isSafeInteger(value) ? value : new InexactNumber(literal);
  }

  private word<T extends boolean | null>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw this.bad('expected a value');
    this.at += word.length;
    return value;
  }

  private take(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at += 1;
    }
  }

  private bad(problem: string): HeaderJsonError {
    return new HeaderJsonError('syntax', `${problem} at character ${this.at}`);
  }
}
