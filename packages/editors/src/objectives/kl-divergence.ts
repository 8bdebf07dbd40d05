export interface KlDivergence {
  /** KL(now || before). */
  readonly value: number;
  /** d(value)/d(now's logits), float64 [vocabSize]. */
  readonly gradient: Float64Array;
}

/** KL(softmax(now) || softmax(before)) of one row of logits, and its gradient p (log p - log q - KL), in float64. */
export function klDivergence(now: Float32Array, before: Float32Array): KlDivergence {
  const p = logSoftmax(now);
  const q = logSoftmax(before);
  let value = 0;
  for (let index = 0; index < p.length; index++) value += Math.exp(p[index]!) * (p[index]! - q[index]!);
  return { value, gradient: p.map((each, index) => Math.exp(each) * (each - q[index]! - value)) };
}

function logSoftmax(logits: Float32Array): Float64Array {
  let maximum = -Infinity;
  for (const logit of logits) maximum = Math.max(maximum, logit);
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - maximum);
  const shift = maximum + Math.log(total);
  return Float64Array.from(logits, (logit) => logit - shift);
}
