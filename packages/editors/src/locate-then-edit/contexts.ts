import {
  describeGiven,
  isJsonObject,
  MokusError,
  type RunOptions,
  type TextEncoder,
  throwIfCancelled,
} from '@mokus/core';

/** Sentences that the encoder writes, each from a word of its own. */
export interface GeneratedContexts {
  /** How many. All that an editor is given are 25 at most. */
  readonly count: number;
  /** How many tokens the encoder writes after the word, at most. */
  readonly tokens: number;
}

/**
 * What may stand before a question: sentences with {} where the question goes, and ones that the encoder writes.
 * 'generated' is `[{ count: 5, tokens: 10 }]`, as in MEMIT.
 */
export type Contexts = readonly (string | GeneratedContexts)[] | 'generated';

/** What generated contexts begin with: the published words, and more of their kind where more are asked for. */
const starts = [
  ...['The', 'Therefore', 'Because', 'I', 'You'],
  ...['He', 'She', 'We', 'They', 'It', 'This', 'That', 'There', 'When', 'If'],
  ...['In', 'On', 'At', 'As', 'For', 'After', 'My', 'Some', 'One', 'A'],
];

/** Throws MokusError `input` for a context that does not have one {}, and for generated ones that cannot be. */
export function requireContexts(owner: string, contexts: Contexts): void {
  const refuse = (problem: string): MokusError =>
    new MokusError('input', `${owner}: contexts ${problem}`, { field: 'contexts' });
  // What callers without types may pass.
  if (contexts !== 'generated' && !Array.isArray(contexts)) throw refuse("must be a list or 'generated'");
  let generated = 0;
  for (const context of listed(contexts)) {
    if (typeof context === 'string') {
      if (context.split('{}').length !== 2) throw refuse(`holds '${context}', which does not have {} once`);
      continue;
    }
    if (!isJsonObject(context)) {
      throw refuse(`holds ${describeGiven(context)}, which is neither a sentence with {} nor { count, tokens }`);
    }
    const { count, tokens } = context;
    if (![count, tokens].every((each) => Number.isInteger(each) && each > 0)) {
      throw refuse(`asks for ${count} sentences of ${tokens} tokens, but both must be whole numbers from 1`);
    }
    generated += count;
  }
  if (generated <= starts.length) return;
  throw refuse(`asks for ${generated} generated sentences, but there are ${starts.length} words to begin them with`);
}

/**
 * All contexts, '{}' first. Generated ones are greedy continuations of words, as sentences before the question (the authors
 * sample several from each of five words; greedy ones need no seed, so each begins with a word of its own).
 */
export async function resolveContexts(
  encoder: TextEncoder,
  contexts: Contexts,
  { signal }: RunOptions,
): Promise<readonly string[]> {
  let used = 0;
  const resolved = ['{}'];
  for (const context of listed(contexts)) {
    if (typeof context === 'string') {
      resolved.push(context);
      continue;
    }
    const words = starts.slice(used, used + context.count);
    used += words.length;
    for (const start of words) {
      throwIfCancelled(signal, 'the edit');
      const rest = await encoder.generate(start, { template: 'raw', maxNewTokens: context.tokens, signal });
      resolved.push(`${start} ${rest.replaceAll(/[{}]/g, ' ')}. {}`);
    }
  }
  return resolved;
}

function listed(contexts: Contexts): readonly (string | GeneratedContexts)[] {
  return contexts === 'generated' ? [{ count: 5, tokens: 10 }] : contexts;
}

/** How much each context's key weighs: the plain question a half, the others a half together. */
export function contextWeights(count: number): readonly number[] {
  return count === 1 ? [1] : Array.from({ length: count }, (_, index) => (index === 0 ? 0.5 : 0.5 / (count - 1)));
}
