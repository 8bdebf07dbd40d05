/** Random access to bytes: a file, an HTTP range, a browser's storage, memory. */
export interface ByteSource {
  readonly size: number;
  /** For messages: a file's path, a URL. */
  readonly name?: string;
  /** The real path (links followed) where the bytes are a local file, so that a backend can map it. */
  readonly filePath?: string;
  /** Exactly `length` bytes from `offset`; rejects when the range is not inside the source. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Element types that checkpoints are stored in and programs can compute with after a cast. */
export type StorageDType = 'f32' | 'f16' | 'bf16';

/** One tensor of a checkpoint, where it lies. */
export interface WeightEntry {
  readonly name: string;
  readonly dtype: StorageDType;
  readonly shape: readonly number[];
  readonly source: ByteSource;
  /** Absolute byte offset in `source`. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** The weights of one component, by tensor name. Holds no tensor data. */
export interface WeightStore {
  /** For messages: the component's folder or file. */
  readonly name: string;
  get(name: string): WeightEntry | undefined;
  names(): Iterable<string>;
}
