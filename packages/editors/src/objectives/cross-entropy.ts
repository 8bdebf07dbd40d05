/** Softmax cross-entropy of one row of logits against a label. */
export interface CrossEntropy {
  readonly loss: number;
  /** softmax - onehot, float64 [vocabSize]. */
  readonly gradient: Float64Array;
}

/** In float64, with the maximum subtracted. */
export function crossEntropy(logits: Float32Array, label: number): CrossEntropy {
  // Plain loops: a row is as long as the vocabulary.
  let maximum = -Infinity;
  for (let index = 0; index < logits.length; index++) if (logits[index]! > maximum) maximum = logits[index]!;
  const gradient = new Float64Array(logits.length);
  let total = 0;
  for (let index = 0; index < logits.length; index++) {
    const value = Math.exp(logits[index]! - maximum);
    gradient[index] = value;
    total += value;
  }
  for (let index = 0; index < gradient.length; index++) gradient[index]! /= total;
  gradient[label]! -= 1;
  return { loss: Math.log(total) + maximum - logits[label]!, gradient };
}
