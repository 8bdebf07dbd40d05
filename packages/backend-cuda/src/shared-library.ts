import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** What is read of an ELF file without loading it. */
export interface SharedLibrary {
  /** Libraries that it is linked with, by the names that the loader asks for. */
  readonly needed: readonly string[];
  /** Names of its dynamic symbols: those that it offers and those that it wants. */
  readonly symbols: ReadonlySet<string>;
  /** Its constants, strings among them; empty where they are none or too many. */
  readonly constants: Buffer;
}

/** Tables beyond this belong to no provider: onnxruntime 1.29's has 26 MB of constants and 8 kB of names. */
const largestTable = 1 << 26;

const x86_64 = 62;
const sharedObject = 3;
const dynamicSection = 6;
const neededTag = 1;

interface Section {
  readonly name: number;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/**
 * Reads the tables of a library for Linux on x64. The loader maps a library by what its tables say and kills the process
 * (SIGBUS) that touches what a file that was cut off does not hold, so a library is read before it is loaded.
 *
 * Throws Error saying what the file is instead.
 */
export function readSharedLibrary(path: string): SharedLibrary {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const read = (offset: number, length: number): Buffer => {
      if (offset + length > size) throw new Error(`it is cut off: ${size} bytes of at least ${offset + length}`);
      if (length > largestTable) throw new Error(`it has a table of ${length} bytes`);
      const data = Buffer.alloc(length);
      readSync(file, data, 0, length, offset);
      return data;
    };
    return readTables(sectionsOf(read, size), read);
  } finally {
    closeSync(file);
  }
}

type Read = (offset: number, length: number) => Buffer;

function sectionsOf(read: Read, size: number): { readonly sections: readonly Section[]; readonly names: Buffer } {
  if (size < 64 || read(0, 4).toString('latin1') !== '\x7fELF') throw new Error('it is no ELF file');
  const header = read(0, 64);
  const [bits, order] = [header[4], header[5]];
  if (bits !== 2 || order !== 1 || header.readUInt16LE(18) !== x86_64) throw new Error('it is not built for x86-64');
  if (header.readUInt16LE(16) !== sharedObject) throw new Error('it is a program or an object file');
  const start = Number(header.readBigUInt64LE(40));
  const [width, count, names] = [header.readUInt16LE(58), header.readUInt16LE(60), header.readUInt16LE(62)];
  // The last thing in the file: where it is there, nothing is cut off.
  const table = read(start, width * count);
  if (count === 0 || width < 64) throw new Error('it has no table of its sections');
  const sections = Array.from({ length: count }, (_, index): Section => {
    const at = index * width;
    return {
      name: table.readUInt32LE(at),
      type: table.readUInt32LE(at + 4),
      offset: Number(table.readBigUInt64LE(at + 24)),
      size: Number(table.readBigUInt64LE(at + 32)),
      link: table.readUInt32LE(at + 40),
    };
  });
  return { sections, names: contents(sections[names], read) };
}

function readTables({ sections, names }: ReturnType<typeof sectionsOf>, read: Read): SharedLibrary {
  const dynamic = sections.find(({ type }) => type === dynamicSection);
  const entries = contents(dynamic, read);
  const strings = contents(dynamic && sections[dynamic.link], read);
  const needed: string[] = [];
  for (let at = 0; at + 16 <= entries.length; at += 16) {
    if (entries.readBigInt64LE(at) === BigInt(neededTag))
      needed.push(textAt(strings, Number(entries.readBigUInt64LE(at + 8))));
  }
  const constants = sections.find(({ name, size }) => textAt(names, name) === '.rodata' && size <= largestTable);
  return { needed, symbols: new Set(strings.toString('latin1').split('\0')), constants: contents(constants, read) };
}

function contents(section: Section | undefined, read: Read): Buffer {
  return section === undefined ? Buffer.alloc(0) : read(section.offset, section.size);
}

function textAt(strings: Buffer, start: number): string {
  const end = strings.indexOf(0, start);
  return strings.toString('latin1', start, end < 0 ? strings.length : end);
}
