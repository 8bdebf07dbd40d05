import { MokusError, type RunOptions, type TextEncoder, throwIfCancelled } from '@mokus/core';

/** What may stand before a question, {} where the question goes; 'generated' is what the encoder itself writes. */
export type Contexts = readonly string[] | 'generated';

/** What generated contexts begin with. */
const starts = ['The', 'Therefore', 'Because', 'I', 'You'];

const generatedTokens = 10;

/** Throws MokusError `input` for a context that does not have one {}. */
export function requireContexts(owner: string, contexts: Contexts): void {
  if (contexts === 'generated') return;
  for (const context of contexts) {
    if (context.split('{}').length !== 2) {
      throw new MokusError('input', `${owner}: contexts holds '${context}', which does not have {} once`, {
        field: 'contexts',
      });
    }
  }
}

/**
 * All contexts, '{}' first. Generated ones are greedy continuations of five words, 10 tokens each, as sentences before the
 * question (MEMIT samples them; greedy ones need no seed).
 */
export async function resolveContexts(
  encoder: TextEncoder,
  contexts: Contexts,
  { signal }: RunOptions,
): Promise<readonly string[]> {
  if (contexts !== 'generated') return ['{}', ...contexts];
  const sentences: string[] = [];
  for (const start of starts) {
    throwIfCancelled(signal, 'the edit');
    const rest = await encoder.generate(start, { template: 'raw', maxNewTokens: generatedTokens, signal });
    sentences.push(`${start} ${rest.replaceAll(/[{}]/g, ' ')}. {}`);
  }
  return ['{}', ...sentences];
}

/** How much each context's key weighs: the plain question a half, the others a half together. */
export function contextWeights(count: number): readonly number[] {
  return count === 1 ? [1] : Array.from({ length: count }, (_, index) => (index === 0 ? 0.5 : 0.5 / (count - 1)));
}
