import { boolTensor, type Conditioning, f32Tensor, MokusError, type RunOptions, type TextEncoder } from '@mokus/core';

/** Captions encoded in one call. */
const batchSize = 16;

interface CaptionStates {
  readonly length: number;
  /** [length, hiddenSize]. */
  readonly states: Float32Array;
}

/** What captions condition on, encoded once: the text encoder does not change while the transformer is trained. */
export class EncodedCaptions {
  readonly #hiddenSize: number;
  readonly #captions: ReadonlyMap<string, CaptionStates>;

  private constructor(hiddenSize: number, captions: ReadonlyMap<string, CaptionStates>) {
    this.#hiddenSize = hiddenSize;
    this.#captions = captions;
  }

  /** Throws MokusError `prompt` for a caption that cannot be encoded. */
  static async encode(
    encoder: TextEncoder,
    captions: Iterable<string>,
    options: Pick<RunOptions, 'signal'>,
  ): Promise<EncodedCaptions> {
    const distinct = [...new Set(captions)];
    const found = new Map<string, CaptionStates>();
    for (let start = 0; start < distinct.length; start += batchSize) {
      const group = distinct.slice(start, start + batchSize);
      const { hiddenStates, mask } = await encoder.encode(group, options);
      const [, longest, size] = hiddenStates.shape as [number, number, number];
      for (const [index, caption] of group.entries()) {
        const valid = mask?.data.subarray(index * longest, (index + 1) * longest) ?? new Uint8Array(longest).fill(1);
        const length = valid.reduce((sum, each) => sum + each, 0);
        const from = index * longest * size;
        found.set(caption, { length, states: hiddenStates.data.slice(from, from + length * size) });
      }
    }
    return new EncodedCaptions(encoder.info.hiddenSize, found);
  }

  /** The conditioning of these captions, padded to the longest. */
  batch(captions: readonly string[]): Conditioning {
    const rows = captions.map((caption) => {
      const known = this.#captions.get(caption);
      if (known === undefined) throw new MokusError('input', `the caption "${caption}" was not encoded`);
      return known;
    });
    const longest = Math.max(...rows.map(({ length }) => length));
    const states = new Float32Array(rows.length * longest * this.#hiddenSize);
    rows.forEach((row, index) => {
      states.set(row.states, index * longest * this.#hiddenSize);
    });
    const hiddenStates = f32Tensor([rows.length, longest, this.#hiddenSize], states);
    if (rows.every(({ length }) => length === longest)) return { hiddenStates, mask: undefined };
    const mask = rows.flatMap(({ length }) => Array.from({ length: longest }, (_, token) => token < length));
    return { hiddenStates, mask: boolTensor([rows.length, longest], mask) };
  }
}
