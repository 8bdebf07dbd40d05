import {
  boolTensor,
  type HostTensor,
  i32Tensor,
  MokusError,
  type Row,
  requireList,
  type TokenBatch,
} from '@mokus/core';

/** Sequences of token ids, right-padded to the longest. */
export class PaddedBatch {
  readonly sequences: TokenBatch;
  /** Length of the longest sequence. */
  readonly length: number;

  /**
   * Throws MokusError `input` for what is no batch, a batch or sequence without tokens, a sequence of more than `maxLength`
   * tokens, or an id outside the vocabulary.
   */
  constructor(sequences: TokenBatch, limits: { readonly vocabSize: number; readonly maxLength: number }) {
    const isSequence = (ids: unknown): boolean => Array.isArray(ids) || ArrayBuffer.isView(ids);
    requireList('batch', sequences, isSequence, 'give lists of token ids, such as tokenize(text).ids, also for one');
    if (sequences.length === 0) throw new MokusError('input', 'the batch has no sequences', { field: 'batch' });
    sequences.forEach((ids, sequence) => {
      if (ids.length === 0 || ids.length > limits.maxLength) {
        const range = `expected 1 to ${limits.maxLength}`;
        throw new MokusError('input', `sequence ${sequence} has ${ids.length} tokens, ${range}`, { field: 'batch' });
      }
      const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= limits.vocabSize);
      if (wrong !== undefined) {
        const range = `expected 0 to ${limits.vocabSize - 1}`;
        throw new MokusError('input', `sequence ${sequence} holds the token id ${wrong}, ${range}`, { field: 'batch' });
      }
    });
    this.sequences = sequences;
    this.length = sequences.reduce((longest, ids) => Math.max(longest, ids.length), 0);
  }

  /** i32 [batch, length], 0 where nothing stands: the mask keeps the others from it. */
  get ids(): HostTensor<'i32'> {
    return i32Tensor(
      [this.sequences.length, this.length],
      this.#fill(new Int32Array(this.sequences.length * this.length), (id) => id),
    );
  }

  /** bool [batch, length]: true where a token stands. */
  get mask(): HostTensor<'bool'> {
    return boolTensor(
      [this.sequences.length, this.length],
      this.#fill(new Uint8Array(this.sequences.length * this.length), () => 1),
    );
  }

  /** Every position of every sequence, in order. */
  get allRows(): Row[] {
    return this.sequences.flatMap((ids, sequence) => ids.map((_, position) => ({ sequence, position })));
  }

  /** Rows as indices into [batch * length]. Throws MokusError `input` for one that is not in the batch. */
  rowIndices(rows: readonly Row[]): HostTensor<'i32'> {
    const indices = rows.map(({ sequence, position }) => {
      const ids = this.sequences[sequence];
      if (ids === undefined || !Number.isInteger(position) || position < 0 || position >= ids.length) {
        const length = ids === undefined ? `the batch has ${this.sequences.length}` : `it has ${ids.length} tokens`;
        throw new MokusError('input', `row ${position} of sequence ${sequence} is not in the batch: ${length}`, {
          field: 'rows',
        });
      }
      return sequence * this.length + position;
    });
    return i32Tensor([indices.length], indices);
  }

  #fill<T extends Int32Array | Uint8Array>(data: T, value: (id: number) => number): T {
    this.sequences.forEach((ids, sequence) => {
      ids.forEach((id, position) => {
        data[sequence * this.length + position] = value(id);
      });
    });
    return data;
  }
}
