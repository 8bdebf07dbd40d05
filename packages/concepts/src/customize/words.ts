import { type ConceptWords, MokusError, type ProgressListener, type TextEncoder } from '@mokus/core';

/** A class word of more tokens than this is one that the model hardly knows. */
const tokensOfKnownWord = 2;

/** Throws MokusError `input` for an anchor that is empty, or has spaces at its ends. */
export function requireAnchor({ anchor }: ConceptWords): void {
  if (anchor === '' || anchor !== anchor.trim()) {
    throw new MokusError('input', `the anchor is "${anchor}"; give a rare token such as "<v0>" or "sks"`, {
      field: 'anchor',
    });
  }
}

/**
 * Checks what a concept is called. Warned of, naming the field: a class word that the tokenizer splits into more than two
 * tokens; an anchor that is a word of the vocabulary (one token, letters only); an anchor whose first token, which alone
 * identifies the concept, also stands in the class word or in `texts`, which it would be mistaken for.
 */
export function warnOfWords(
  encoder: TextEncoder,
  { anchor, className }: ConceptWords,
  texts: readonly string[],
  onProgress: ProgressListener | undefined,
): void {
  const warn = (field: string, message: string): void => onProgress?.({ kind: 'warning', field, message });
  for (const word of className.split(/\s+/).filter(Boolean)) {
    const count = tokensOf(encoder, word).length;
    if (count <= tokensOfKnownWord) continue;
    const message = `the tokenizer splits the class word "${word}" into ${count} tokens, so the model hardly knows it; a more common word helps`;
    warn('className', message);
  }
  const [first, ...more] = tokensOf(encoder, anchor);
  if (more.length === 0 && /^\p{L}{2,}$/u.test(anchor)) {
    warn(
      'anchor',
      `the anchor "${anchor}" is a word that the model knows, and will lose its meaning; take a rare token`,
    );
    return;
  }
  const other = [className, ...texts].find(
    (text) =>
      !text.includes(anchor) && encoder.tokenize(`a ${text}`, { template: 'raw' }).ids.includes(first as number),
  );
  if (other === undefined) return;
  const shared = encoder.decode([first as number]);
  const message = `the anchor "${anchor}" begins with the token "${shared}", which stands in "${other}" too; take a rarer one, for its first token alone identifies the concept`;
  warn('anchor', message);
}

/** The tokens of a word within a text. */
function tokensOf(encoder: TextEncoder, word: string): readonly number[] {
  const { ids, offsets, text } = encoder.tokenize(`a ${word}`, { template: 'raw' });
  const start = text.length - word.length;
  return ids.filter((_, at) => (offsets[at]?.[1] ?? 0) > start);
}
