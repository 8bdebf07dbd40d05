import { writeFileSync } from 'node:fs';

export interface LibraryParts {
  readonly symbols?: readonly string[];
  readonly needed?: readonly string[];
  /** Strings among its constants. */
  readonly constants?: readonly string[];
  readonly machine?: number;
  readonly type?: number;
}

/** Writes an ELF file of the tables alone that a provider is known by: to be read, not loaded. */
export function writeLibrary(path: string, parts: LibraryParts): void {
  const { symbols = [], needed = [], constants = [], machine = 62, type = 3 } = parts;
  const strings = ['', ...symbols, ...needed, ''].join('\0');
  const dynamic = Buffer.alloc(16 * (needed.length + 1));
  needed.forEach((name, index) => {
    dynamic.writeBigUInt64LE(1n, 16 * index);
    dynamic.writeBigUInt64LE(BigInt(strings.indexOf(`\0${name}\0`) + 1), 16 * index + 8);
  });
  const names = '\0.dynstr\0.dynamic\0.rodata\0.shstrtab\0';
  const sections = [
    { name: '.dynstr', type: 3, data: Buffer.from(strings) },
    { name: '.dynamic', type: 6, data: dynamic, link: 1 },
    { name: '.rodata', type: 1, data: Buffer.from(['', ...constants, ''].join('\0')) },
    { name: '.shstrtab', type: 3, data: Buffer.from(names) },
  ];
  const table = Buffer.alloc(64 * (sections.length + 1));
  let offset = 64;
  for (const [index, each] of sections.entries()) {
    const at = 64 * (index + 1);
    table.writeUInt32LE(names.indexOf(`\0${each.name}\0`) + 1, at);
    table.writeUInt32LE(each.type, at + 4);
    table.writeBigUInt64LE(BigInt(offset), at + 24);
    table.writeBigUInt64LE(BigInt(each.data.length), at + 32);
    table.writeUInt32LE(each.link ?? 0, at + 40);
    offset += each.data.length;
  }
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(type, 16);
  header.writeUInt16LE(machine, 18);
  header.writeBigUInt64LE(BigInt(offset), 40);
  [64, sections.length + 1, sections.length].forEach((value, index) => {
    header.writeUInt16LE(value, 58 + 2 * index);
  });
  writeFileSync(path, Buffer.concat([header, ...sections.map(({ data }) => data), table]));
}
