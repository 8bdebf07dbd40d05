/** Ways in which files go wrong, drawn from a seeded generator, so that every failure can be had again. */

/** A generator of 32-bit numbers (mulberry32): small, fast, and the same everywhere. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }
}

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

/** One of the mutations, or up to three of them one after another. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  let mutated: Uint8Array = bytes.slice();
  for (let count = 1 + random.below(3); count > 0; count -= 1) mutated = random.pick(mutations)(mutated, random);
  return mutated;
}

/** A few bytes of a file of any kind flipped, cut out, repeated or added. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  return random.pick(byteMutations)(bytes.slice(), random);
}

const numbers = ['0', '1', '2', '-1', '-0', '1.0', '1e3', '7', '8', '255', '4294967296', '9007199254740991'];
const largeNumbers = ['9007199254740992', '18446744073709551615', '1e400', '00', '+1', '0x10', 'NaN', '"1"', 'null'];
const literals = ['null', 'true', '[]', '{}', '""', '[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]', '[0,0]', '{"a":1}'];
const strings = [
  '__proto__',
  '__metadata__',
  'constructor',
  'dtype',
  'shape',
  'data_offsets',
  '\\ud800',
  '\\u0000',
  'a',
];
const dtypes = ['BOOL', 'F4', 'F6_E2M3', 'U8', 'F16', 'BF16', 'F32', 'C64', 'U64', 'f32', 'F33', ''];

/** For files of every kind. */
const byteMutations: readonly Mutation[] = [flipBit, setByte, truncate, append, removeSpan, repeatSpan];

const mutations: readonly Mutation[] = [
  ...byteMutations,
  changeLength,
  onHeader((text, random) => replaceMatch(text, /\d+/g, random.pick([...numbers, ...largeNumbers]), random)),
  onHeader((text, random) => replaceMatch(text, /\d+/g, random.pick(numbers), random)),
  onHeader((text, random) => replaceMatch(text, /"[^"]*"/g, `"${random.pick(strings)}"`, random)),
  onHeader((text, random) => replaceMatch(text, /"[A-Z][A-Z0-9_]*"/g, `"${random.pick(dtypes)}"`, random)),
  onHeader((text, random) => replaceMatch(text, /\[[^\]]*\]/g, random.pick(literals), random)),
  onHeader((text, random) => replaceMatch(text, /\{[^{}]*\}/g, random.pick(literals), random)),
  onHeader(repeatMember),
  onHeader((text, random) => replaceMatch(text, /[{}[\]:,]/g, random.pick(['{', '}', '[', ']', ':', ',', '']), random)),
];

function flipBit(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return bytes;
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes;
}

function setByte(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length > 0) bytes[random.below(bytes.length)] = random.pick([0, 0x20, 0x22, 0x5c, 0x7b, 0x80, 0xff]);
  return bytes;
}

function truncate(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.slice(0, random.below(bytes.length + 1));
}

function append(bytes: Uint8Array, random: Random): Uint8Array {
  const longer = new Uint8Array(bytes.length + 1 + random.below(16));
  longer.set(bytes);
  return longer;
}

function removeSpan(bytes: Uint8Array, random: Random): Uint8Array {
  const start = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, start + 1 + random.below(16));
  return concat(bytes.subarray(0, start), bytes.subarray(end));
}

function repeatSpan(bytes: Uint8Array, random: Random): Uint8Array {
  const start = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, start + 1 + random.below(32));
  return concat(bytes.subarray(0, end), bytes.subarray(start));
}

/** Writes another header length: near the true one, around the limits, or anything. */
function changeLength(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length < 8) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const near = BigInt(Math.max(0, view.getUint32(0, true) + random.below(17) - 8));
  const edges = [0n, 1n, 2n, 100_000_000n, 100_000_001n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];
  view.setBigUint64(0, random.below(2) === 0 ? near : random.pick(edges), true);
  return bytes;
}

/** Changes the header's text and mends its length, so that the fault lies behind the first checks. */
function onHeader(change: (text: string, random: Random) => string): Mutation {
  return (bytes, random) => {
    if (bytes.length < 8) return bytes;
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
    // latin1 keeps bytes that are no UTF-8 as they are.
    const text = Buffer.from(bytes.subarray(8, 8 + Math.min(length, bytes.length))).toString('latin1');
    const header = Uint8Array.from(change(text, random), (character) => character.charCodeAt(0));
    const prefix = new Uint8Array(8);
    new DataView(prefix.buffer).setUint32(0, header.length, true);
    return concat(prefix, header, bytes.subarray(8 + Math.min(length, bytes.length)));
  };
}

function replaceMatch(text: string, pattern: RegExp, replacement: string, random: Random): string {
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return text;
  const match = random.pick(matches);
  return text.slice(0, match.index) + replacement + text.slice(match.index + match[0].length);
}

/** Lists a member of an object a second time. */
function repeatMember(text: string, random: Random): string {
  const members = [...text.matchAll(/"[^"]*":(?:\{[^{}]*\}|\[[^\]]*\]|"[^"]*")/g)];
  if (members.length === 0) return text;
  const member = random.pick(members);
  return `${text.slice(0, member.index)}${member[0]},${text.slice(member.index)}`;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
