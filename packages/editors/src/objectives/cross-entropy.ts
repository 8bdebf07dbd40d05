/** Softmax cross-entropy of one row of logits against a label. */
export interface CrossEntropy {
  readonly loss: number;
  /** softmax - onehot, float64 [vocabSize]. */
  readonly gradient: Float64Array;
}

/** In float64, with the maximum subtracted. */
export function crossEntropy(logits: Float32Array, label: number): CrossEntropy {
  let maximum = -Infinity;
  for (const logit of logits) maximum = Math.max(maximum, logit);
  const gradient = Float64Array.from(logits, (logit) => Math.exp(logit - maximum));
  let total = 0;
  for (const value of gradient) total += value;
  for (let index = 0; index < gradient.length; index++) gradient[index]! /= total;
  gradient[label]! -= 1;
  return { loss: Math.log(total) + maximum - logits[label]!, gradient };
}
