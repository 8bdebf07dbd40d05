/** Reads a GGUF file, version 3: metadata and where its tensors lie (the layout is that of ggml's docs/gguf.md). */

export type GgufValue = boolean | number | string | readonly GgufValue[];

export interface GgufTensor {
  readonly name: string;
  /** Row-major; GGUF writes its dimensions the other way round. */
  readonly shape: readonly number[];
  /** ggml_type. */
  readonly type: number;
  /** From the beginning of the file, in bytes. */
  readonly offset: number;
}

export interface Gguf {
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
}

const stringType = 8;
const arrayType = 9;

/** Throws when the bytes are no GGUF of version 3, or end too early. */
export function readGguf(bytes: Uint8Array): Gguf {
  const reader = new Reader(bytes);
  const magic = reader.text(4);
  const version = reader.u32();
  if (magic !== 'GGUF' || version !== 3) throw new Error(`no GGUF of version 3: ${magic}, version ${version}`);
  const tensorCount = reader.u64();
  const entryCount = reader.u64();
  const metadata = new Map<string, GgufValue>();
  for (let entry = 0; entry < entryCount; entry++) metadata.set(reader.string(), reader.value(reader.u32()));
  const infos = Array.from({ length: tensorCount }, () => {
    const name = reader.string();
    const shape = Array.from({ length: reader.u32() }, () => reader.u64()).reverse();
    return { name, shape, type: reader.u32(), offset: reader.u64() };
  });
  const alignment = Number(metadata.get('general.alignment') ?? 32);
  const start = Math.ceil(reader.at / alignment) * alignment;
  return {
    metadata,
    tensors: new Map(infos.map((info) => [info.name, { ...info, offset: start + info.offset }])),
  };
}

/** Little-endian numbers and texts, one after the other. */
class Reader {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #utf8 = new TextDecoder();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Throws where a number does not hold it exactly. */
  u64(): number {
    const value = Number(this.#view.getBigUint64(this.#take(8), true));
    if (!Number.isSafeInteger(value)) throw new Error(`${value} at byte ${this.at - 8} is too large`);
    return value;
  }

  text(length: number): string {
    const start = this.#take(length);
    return this.#utf8.decode(this.#bytes.subarray(start, start + length));
  }

  string(): string {
    return this.text(this.u64());
  }

  /** A value of a gguf_metadata_value_type. */
  value(type: number): GgufValue {
    const view = this.#view;
    switch (type) {
      case 0:
        return view.getUint8(this.#take(1));
      case 1:
        return view.getInt8(this.#take(1));
      case 2:
        return view.getUint16(this.#take(2), true);
      case 3:
        return view.getInt16(this.#take(2), true);
      case 4:
        return this.u32();
      case 5:
        return view.getInt32(this.#take(4), true);
      case 6:
        return view.getFloat32(this.#take(4), true);
      case 7:
        return view.getUint8(this.#take(1)) !== 0;
      case stringType:
        return this.string();
      case arrayType: {
        const itemType = this.u32();
        return Array.from({ length: this.u64() }, () => this.value(itemType));
      }
      case 10:
        return this.u64();
      case 12:
        return view.getFloat64(this.#take(8), true);
      default:
        throw new Error(`metadata of type ${type} at byte ${this.at} is not read here`);
    }
  }

  #take(length: number): number {
    const start = this.at;
    if (start + length > this.#bytes.byteLength) throw new Error(`the file ends at byte ${this.#bytes.byteLength}`);
    this.at += length;
    return start;
  }
}
