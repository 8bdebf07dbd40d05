import { type ByteSource, describeGiven, MokusError } from '@mokus/core';

/**
 * Texts to compute statistics over: any iterable of them, also an asynchronous one, or a UTF-8 file with a text a line,
 * of which blank lines are skipped (`fileSource(path)` of `@mokus/checkpoint/node`; a browser's File as a ByteSource).
 */
export type Corpus = Iterable<string> | AsyncIterable<string> | ByteSource;

/** Bytes of a file in memory at a time, beside the line that is being read. */
const chunkBytes = 1024 * 1024;

/**
 * The corpus text by text. Throws MokusError `input` for what is no corpus, as a single string is by mistake, and as it is read
 * for what is no text, naming its place.
 */
export function textsOf(corpus: Corpus): AsyncIterable<string> {
  if (typeof corpus === 'object' && corpus !== null) {
    if (Symbol.iterator in corpus || Symbol.asyncIterator in corpus) return checked(corpus);
    if ('read' in corpus) return linesOf(corpus);
  }
  throw new MokusError('input', 'a corpus is an iterable of texts, or a ByteSource of a file with a text a line', {
    field: 'corpus',
  });
}

async function* checked(corpus: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<string> {
  let place = 0;
  for await (const text of corpus) {
    if (typeof text !== 'string') {
      throw new MokusError(
        'input',
        `text ${place} of the corpus is ${describeGiven(text)}, but must be a text: leave it out`,
        {
          field: 'corpus',
        },
      );
    }
    yield text;
    place++;
  }
}

async function* linesOf(source: ByteSource): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for (let start = 0; start < source.size; start += chunkBytes) {
    const bytes = await source.read(start, Math.min(chunkBytes, source.size - start));
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield* texts(lines);
  }
  yield* texts([rest + decoder.decode()]);
}

function texts(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line)).filter((line) => line.trim() !== '');
}
