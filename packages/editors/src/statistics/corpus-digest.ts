import { sha256, throwIfCancelled } from '@mokus/core';
import type { PromptBatch } from './prompt-batches.js';

/** A running sha256 over the token ids of a corpus, batch by batch: each step hashes the digest before it. */
export class CorpusDigest {
  value = '';
  texts = 0;
  batches = 0;

  static async of(batches: AsyncIterable<PromptBatch>, signal: AbortSignal | undefined): Promise<CorpusDigest> {
    const digest = new CorpusDigest();
    for await (const _ of digest.following(batches)) throwIfCancelled(signal, 'hashing the corpus');
    return digest;
  }

  /** Passes batches on, each after it is in the digest. */
  async *following(batches: AsyncIterable<PromptBatch>): AsyncGenerator<PromptBatch> {
    for await (const each of batches) {
      const ids = each.batch.map((sequence) => sequence.join(' ')).join('\n');
      this.value = await sha256(new TextEncoder().encode(`${this.value}\n${ids}`));
      this.texts = each.texts;
      this.batches++;
      yield each;
    }
  }
}
