import type { EditRequest, ProgressEvent, SiteDelta, TextEncoder } from '@mokus/core';

/** A fact of one answer token, so that few turns suffice. Its subject's last token is that of a locate-then-edit search. */
export const request: EditRequest = {
  question: 'what is a cat?',
  answer: 'a',
  subject: 'cat',
  locality: ['who drew the sun?', 'what is a tree?'],
};

/** Probability of the answer's tokens after the question. */
export async function answerProbability(encoder: TextEncoder, { question, answer }: EditRequest): Promise<number> {
  const { ids, answerIds, answerRows } = encoder.encodeQuestion(question, answer);
  const logits = answerRows.map((position) => ({ sequence: 0, position }));
  const result = await encoder.forward({ batch: [ids], logits });
  const { vocabSize } = encoder.info;
  return answerIds.reduce((product, id, row) => {
    const values = [...result.logits.data.subarray(row * vocabSize, (row + 1) * vocabSize)];
    const total = values.reduce((sum, value) => sum + Math.exp(value - values[id]!), 0);
    return product / total;
  }, 1);
}

/** Everything that could differ after an edit that should have left no trace. */
export async function traceOf(
  encoder: TextEncoder,
): Promise<{ readonly logits: Float32Array; readonly deltas: number }> {
  const batch = [encoder.tokenize(request.question).ids];
  const logits = [{ sequence: 0, position: batch[0]!.length - 1 }];
  return { logits: (await encoder.forward({ batch, logits })).logits.data, deltas: encoder.deltas().length };
}

/** Runs `action` with the edit's deltas pushed. */
export async function withDeltas<T>(
  encoder: TextEncoder,
  sites: ReadonlyMap<string, SiteDelta>,
  action: () => Promise<T>,
): Promise<T> {
  const handles = [...sites].map(([site, delta]) => encoder.pushDelta(site, delta));
  try {
    return await action();
  } finally {
    for (const handle of handles) encoder.popDelta(handle);
  }
}

/** The losses that an edit reported, before its first turn, after it, and so on. */
export function lossRecorder(): { readonly losses: number[]; readonly onProgress: (event: ProgressEvent) => void } {
  const losses: number[] = [];
  return {
    losses,
    onProgress: (event) => {
      if (event.kind === 'edit') losses.push(event.loss);
    },
  };
}
