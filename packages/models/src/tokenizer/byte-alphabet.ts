/**
 * The alphabet of byte-level BPE (Radford et al. 2019): every byte is written as one printable character. Bytes that are
 * printable in Latin-1 stand for themselves; the others take the code points from 256 on, in order.
 */
const characterOfByte: readonly string[] = (() => {
  const printable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
})();

const byteOfCharacter: ReadonlyMap<string, number> = new Map(
  characterOfByte.map((character, byte) => [character, byte]),
);

/** The 256 characters, by byte. */
export const byteAlphabet: readonly string[] = characterOfByte;

/** The bytes that a token of a byte-level vocabulary stands for; undefined when it is not written in the alphabet. */
export function bytesOfToken(token: string): number[] | undefined {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = byteOfCharacter.get(character);
    if (byte === undefined) return undefined;
    bytes.push(byte);
  }
  return bytes;
}

/** For each UTF-8 byte of a text, the UTF-16 range of the character that it belongs to. */
export function rangesOfBytes(text: string): (readonly [number, number])[] {
  const ranges: (readonly [number, number])[] = [];
  let at = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    const bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    const range = [at, at + character.length] as const;
    for (let count = 0; count < bytes; count++) ranges.push(range);
    at += character.length;
  }
  return ranges;
}
