import {
  type ConceptWords,
  isJsonObject,
  isText,
  MokusError,
  type ProgressListener,
  requireArgument,
  type TextEncoder,
} from '@mokus/core';

/** A class word of more tokens than this is one that the model hardly knows. */
const tokensOfKnownWord = 2;

/**
 * Throws MokusError `input` naming the argument `field` for what is no concept, and the word that is no text; for an anchor
 * that is empty, or has spaces at its ends.
 */
export function requireWords(field: string, words: ConceptWords): void {
  requireArgument(field, words, isJsonObject(words), 'give an object with anchor and className');
  const { anchor, className } = words;
  const mend = 'give a rare token such as "<v0>" or "sks"';
  requireArgument('anchor', anchor, isText(anchor), mend);
  requireArgument('className', className, isText(className), 'give the word for what it is, such as "toy"');
  if (anchor === '' || anchor !== anchor.trim()) {
    throw new MokusError('input', `the anchor is "${anchor}"; ${mend}`, { field: 'anchor' });
  }
}

/**
 * Looks at what a concept that is to be learned is called. Warned of, naming the field: a class word that the tokenizer
 * splits into more than two tokens; an anchor that is a word of the vocabulary (one token, letters only), and as
 * {@link warnOfSharedToken}.
 */
export function warnOfWords(
  encoder: TextEncoder,
  words: ConceptWords,
  texts: readonly string[],
  onProgress: ProgressListener | undefined,
): void {
  const { anchor, className } = words;
  for (const word of className.split(/\s+/).filter(Boolean)) {
    const count = tokensOf(encoder, word).length;
    if (count <= tokensOfKnownWord) continue;
    const message = `the tokenizer splits the class word "${word}" into ${count} tokens, so the model hardly knows it; a more common word helps`;
    onProgress?.({ kind: 'warning', field: 'className', message });
  }
  if (/^\p{L}{2,}$/u.test(anchor) && tokensOf(encoder, anchor).length === 1) {
    const message = `the anchor "${anchor}" is a word that the model knows, and will lose its meaning; take a rare token`;
    onProgress?.({ kind: 'warning', field: 'anchor', message });
    return;
  }
  warnOfSharedToken(encoder, words, [className, ...texts], onProgress);
}

/**
 * Warns of an anchor whose first token, which alone identifies the concept, stands in one of the texts too: it would be
 * mistaken for that.
 */
export function warnOfSharedToken(
  encoder: TextEncoder,
  { anchor }: ConceptWords,
  texts: readonly string[],
  onProgress: ProgressListener | undefined,
): void {
  const [first] = tokensOf(encoder, anchor);
  const other = texts.find(
    (text) =>
      !text.includes(anchor) && encoder.tokenize(`a ${text}`, { template: 'raw' }).ids.includes(first as number),
  );
  if (other === undefined) return;
  const shared = encoder.decode([first as number]);
  const message = `the anchor "${anchor}" begins with the token "${shared}", which stands in "${other}" too; take a rarer one, for its first token alone identifies the concept`;
  onProgress?.({ kind: 'warning', field: 'anchor', message });
}

/** The tokens of a word within a text. */
function tokensOf(encoder: TextEncoder, word: string): readonly number[] {
  const { ids, offsets, text } = encoder.tokenize(`a ${word}`, { template: 'raw' });
  const start = text.length - word.length;
  return ids.filter((_, at) => (offsets[at]?.[1] ?? 0) > start);
}
