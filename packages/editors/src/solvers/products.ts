/** a b^T for a [aRows, width] and b [bRows, width], row-major: [aRows, bRows]. */
export function timesTransposed(a: Float64Array, b: Float64Array, width: number): Float64Array {
  const aRows = a.length / width;
  const bRows = b.length / width;
  const product = new Float64Array(aRows * bRows);
  for (let i = 0; i < aRows; i++) {
    for (let j = 0; j < bRows; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += a[i * width + k]! * b[j * width + k]!;
      product[i * bRows + j] = sum;
    }
  }
  return product;
}

/** a b for a [aRows, inner] and b [inner, width], row-major: [aRows, width]. */
export function times(a: Float64Array, b: Float64Array, inner: number, width: number): Float64Array {
  const aRows = a.length / inner;
  const product = new Float64Array(aRows * width);
  for (let i = 0; i < aRows; i++) {
    for (let k = 0; k < inner; k++) {
      const factor = a[i * inner + k]!;
      for (let j = 0; j < width; j++) product[i * width + j]! += factor * b[k * width + j]!;
    }
  }
  return product;
}

/** Adds the identity to a square matrix, in place. */
export function addIdentity(matrix: Float64Array, size: number): Float64Array {
  for (let i = 0; i < size; i++) matrix[i * size + i]! += 1;
  return matrix;
}
