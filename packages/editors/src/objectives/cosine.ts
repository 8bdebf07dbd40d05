export interface CosineDistance {
  /** 1 - cos(state, target). */
  readonly distance: number;
  /** d(distance)/d(state), float64. */
  readonly gradient: Float64Array;
}

/** 1 - cos and its gradient, in float64. NaN for a state of length 0, which has no direction. */
export function cosineDistance(state: Float32Array, target: Float32Array): CosineDistance {
  let product = 0;
  let stateSquare = 0;
  let targetSquare = 0;
  for (let index = 0; index < state.length; index++) {
    product += state[index]! * target[index]!;
    stateSquare += state[index]! ** 2;
    targetSquare += target[index]! ** 2;
  }
  const norms = Math.sqrt(stateSquare * targetSquare);
  const cosine = product / norms;
  const gradient = Float64Array.from(state, (value, index) => (cosine * value) / stateSquare - target[index]! / norms);
  return { distance: 1 - cosine, gradient };
}
