/**
 * Softmax cross-entropy of one row of logits against a label, in float64, with the maximum subtracted. Writes
 * softmax - onehot to `gradient`, float64 [vocabSize], which serves row after row: it is as long as the vocabulary.
 */
export function crossEntropy(logits: Float32Array, label: number, gradient: Float64Array): number {
  // Plain loops, not a callback for each number of the vocabulary.
  let maximum = -Infinity;
  for (let index = 0; index < logits.length; index++) if (logits[index]! > maximum) maximum = logits[index]!;
  let total = 0;
  for (let index = 0; index < logits.length; index++) {
    const value = Math.exp(logits[index]! - maximum);
    gradient[index] = value;
    total += value;
  }
  for (let index = 0; index < gradient.length; index++) gradient[index]! /= total;
  gradient[label]! -= 1;
  return Math.log(total) + maximum - logits[label]!;
}
