import { mean } from './score-answers.js';

/** Words, numbers, and every other sign on its own. */
const wordPattern = /[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu;

/**
 * How varied a text is: the mean of 2/3 H2 and 4/3 H3, where Hn is the entropy, in bits, of the text's n-grams of words
 * (generation entropy of ROME and MEMIT). A text that repeats itself has little. 0 for fewer than two words.
 */
export function nGramEntropy(text: string): number {
  const words = text.match(wordPattern) ?? [];
  return ((2 / 3) * entropyOf(words, 2) + (4 / 3) * entropyOf(words, 3)) / 2;
}

function entropyOf(words: readonly string[], n: number): number {
  const counts = new Map<string, number>();
  const total = words.length - n + 1;
  for (let start = 0; start < total; start++) {
    const gram = words.slice(start, start + n).join(' ');
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / total) * Math.log2(count / total);
  return entropy;
}

/** The mean over texts; undefined for none. */
export function fluency(texts: readonly string[]): number | undefined {
  return mean(texts.map(nGramEntropy));
}
