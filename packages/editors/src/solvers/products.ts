/** a b^T for a [aRows, width] and b [bRows, width], row-major: [aRows, bRows]. */
export function timesTransposed(a: Float64Array, b: Float64Array, width: number): Float64Array {
  const aRows = a.length / width;
  const bRows = b.length / width;
  const product = new Float64Array(aRows * bRows);
  const inFours = bRows - (bRows % 4);
  for (let i = 0; i < aRows; i++) {
    const row = i * width;
    // Four sums at once, none of which waits for another: three times as fast.
    for (let j = 0; j < inFours; j += 4) {
      const [first, second, third, fourth] = [j * width, (j + 1) * width, (j + 2) * width, (j + 3) * width];
      let [p, q, r, s] = [0, 0, 0, 0];
      for (let k = 0; k < width; k++) {
        const value = a[row + k]!;
        p += value * b[first + k]!;
        q += value * b[second + k]!;
        r += value * b[third + k]!;
        s += value * b[fourth + k]!;
      }
      product[i * bRows + j] = p;
      product[i * bRows + j + 1] = q;
      product[i * bRows + j + 2] = r;
      product[i * bRows + j + 3] = s;
    }
    for (let j = inFours; j < bRows; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += a[row + k]! * b[j * width + k]!;
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

/** The transpose [columns, rows] of a row-major [rows, columns]. */
export function transposed(matrix: Float64Array, columns: number): Float64Array {
  const rows = matrix.length / columns;
  const result = new Float64Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = matrix[row * columns + column]!;
  }
  return result;
}

/** Arrays one after the other: the rows of all of them. */
export function concatenated(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}

/** Adds the identity to a square matrix, in place. */
export function addIdentity(matrix: Float64Array, size: number): Float64Array {
  for (let i = 0; i < size; i++) matrix[i * size + i]! += 1;
  return matrix;
}
