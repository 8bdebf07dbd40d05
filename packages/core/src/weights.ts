import type { ByteSource } from '@mokus/safetensors';

export type { ByteSource };

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
