/** JSON files that go wrong: in a field, or in their bytes. */
import type { Json } from '@mokus/core';
import { mutateBytes, type Random } from '../../../packages/safetensors/test/support/mutate.js';

/** Paths that lead out of a folder, or to nothing; the first ones are there, beside the folder that is read. */
const hostilePaths: readonly string[] = [
  '../outside.safetensors',
  '../../outside.safetensors',
  'text_encoder/../../outside.safetensors',
  './../outside.safetensors',
  '..\\outside.safetensors',
  '/etc/passwd',
  'C:\\outside.safetensors',
  '\\\\host\\share\\outside.safetensors',
  'file:///etc/passwd',
  '~/outside.safetensors',
  '%2e%2e/outside.safetensors',
  '..',
  '.',
  '/',
  'a\u0000.safetensors',
  'model.bin',
];

const values: readonly Json[] = [
  ...[null, true, false, 0, -1, 1, 2, 0.5, -0.5, 7, 64, 1e9, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 1e308, -1e308],
  ...['', '7', 'x', '__proto__', 'constructor', 'NaN', '\ud800', '\u0000', 'x'.repeat(5000)],
  ...[[], {}, [[]], [null], [0], ['a', 'a'], [1, 2, 3], { a: 1 }, { type: 'BPE' }, [[[[[[]]]]]]],
  ...hostilePaths,
];

const names = [
  '__proto__',
  'constructor',
  'toString',
  '',
  'a',
  '_class_name',
  'weight_map',
  'metadata',
  'version',
  'size',
];

/** The text of a JSON file with a fault: in one field, often, or anywhere in its bytes. */
export function mutateJsonText(text: Uint8Array, random: Random): Uint8Array {
  if (random.below(3) === 0) return mutateBytes(text, random);
  let json = JSON.parse(new TextDecoder().decode(text)) as Json;
  for (let count = 1 + Number(random.below(4) === 0); count > 0; count -= 1) json = mutateJson(json, random);
  return new TextEncoder().encode(random.below(20) === 0 ? withNameTwice(json, random) : JSON.stringify(json));
}

/** JSON with one value, at some depth, replaced, removed, moved to another name or joined by a new one. */
export function mutateJson(json: Json, random: Random): Json {
  if (typeof json !== 'object' || json === null) return random.pick(values);
  if (Array.isArray(json)) return mutateList(json, random);
  const entries = Object.entries(json as { readonly [name: string]: Json });
  const name = random.pick(names);
  if (entries.length === 0) return fromEntries([[name, random.pick(values)]]);
  const at = random.below(entries.length);
  const [key, value] = entries[at] as [string, Json];
  const others = entries.filter((_, index) => index !== at);
  switch (random.below(8)) {
    case 0:
      return fromEntries(others);
    case 1:
      return fromEntries([...others, [name, value]]);
    case 2:
      return fromEntries([...entries, [name, random.pick(values)]]);
    case 3:
      return fromEntries([...others, [key, random.pick(values)]]);
    case 4:
      return fromEntries([...others, [key, entries[random.below(entries.length)]?.[1] ?? null]]);
    default:
      return fromEntries([...others, [key, mutateJson(value, random)]]);
  }
}

function mutateList(json: readonly Json[], random: Random): Json {
  if (json.length === 0) return [random.pick(values)];
  const at = random.below(json.length);
  const value = json[at] as Json;
  const kinds: readonly (() => readonly Json[])[] = [
    () => [],
    () => [value, value],
    () => [random.pick(values)],
    () => [mutateJson(value, random)],
  ];
  return [...json.slice(0, at), ...random.pick(kinds)(), ...json.slice(at + 1)];
}

/** `__proto__` among the names stays a name, as JSON.parse has it. */
function fromEntries(entries: readonly (readonly [string, Json])[]): Json {
  return Object.fromEntries(entries);
}

/** A text in which a name of the outermost object stands twice. */
function withNameTwice(json: Json, random: Random): string {
  const text = JSON.stringify(json);
  const keys = typeof json === 'object' && json !== null && !Array.isArray(json) ? Object.keys(json) : [];
  if (keys.length === 0) return text;
  return `{${JSON.stringify(random.pick(keys))}:${JSON.stringify(random.pick(values))},${text.slice(1)}`;
}
