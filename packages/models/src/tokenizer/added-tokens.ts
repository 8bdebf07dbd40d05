/** An entry of tokenizer.json's `added_tokens`: text that is one token as a whole, before the model sees it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Matches only where no word character stands beside it. */
  readonly singleWord: boolean;
  /** Swallows the white space before it. */
  readonly lstrip: boolean;
  /** Swallows the white space after it. */
  readonly rstrip: boolean;
  /** Looked for in the normalised text; otherwise in the text as given. */
  readonly normalized: boolean;
}

/** A stretch of text; `token` where an added token covers it. */
export interface TextPiece {
  readonly text: string;
  readonly token?: AddedToken;
}

/** Splits text at added tokens. */
export type AddedTokenSplitter = (text: string) => TextPiece[];

// What the Rust regex crate calls \w and \s.
const wordBefore = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const wordAfter = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const spaceBefore = /\p{White_Space}*$/u;
const spaceAfter = /^\p{White_Space}*/u;

/**
 * Finds added tokens as Hugging Face tokenizers do: leftmost, then longest; a match that is not a whole word where one
 * is demanded is passed over together with the tokens inside it; white space goes to the token that strips it unless an
 * earlier token has it.
 */
export function addedTokenSplitter(
  tokens: readonly AddedToken[],
  normalize: (text: string) => string,
): AddedTokenSplitter {
  if (tokens.length === 0) return (text) => (text === '' ? [] : [{ text }]);
  const byContent = new Map(tokens.map((token) => [normalize(token.content), token]));
  // A regular expression takes the first alternative that matches: the longest stands first.
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(escapePattern).join('|'), 'gu');
  return (text) => {
    const pieces: TextPiece[] = [];
    let done = 0;
    for (const match of text.matchAll(pattern)) {
      const token = byContent.get(match[0])!;
      let start = match.index;
      let end = start + match[0].length;
      if (token.singleWord && (wordBefore.test(text.slice(0, start)) || wordAfter.test(text.slice(end)))) continue;
      if (token.lstrip) start = Math.max(done, start - spaceBefore.exec(text.slice(done, start))![0].length);
      if (token.rstrip) end += spaceAfter.exec(text.slice(end))![0].length;
      if (done < start) pieces.push({ text: text.slice(done, start) });
      pieces.push({ text: text.slice(start, end), token });
      done = end;
    }
    if (done < text.length) pieces.push({ text: text.slice(done) });
    return pieces;
  };
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
