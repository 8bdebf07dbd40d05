/**
 * out[i, j] += sum_k a[i, k] b[j, k] for row-major a [m, k] and b [n, k]: both operands are read along their rows, four
 * rows of b at a time. The matrix product behind matmul, linear, conv2d and attention.
 */
export function addRowProducts(
  a: Float64Array,
  b: Float64Array,
  out: Float64Array,
  m: number,
  n: number,
  k: number,
): void {
  for (let i = 0; i < m; i++) {
    const row = i * k;
    let j = 0;
    for (; j + 3 < n; j += 4) {
      const b0 = j * k;
      const b1 = b0 + k;
      const b2 = b1 + k;
      const b3 = b2 + k;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let at = 0; at < k; at++) {
        const x = a[row + at] as number;
        s0 += x * (b[b0 + at] as number);
        s1 += x * (b[b1 + at] as number);
        s2 += x * (b[b2 + at] as number);
        s3 += x * (b[b3 + at] as number);
      }
      const to = i * n + j;
      out[to] = (out[to] as number) + s0;
      out[to + 1] = (out[to + 1] as number) + s1;
      out[to + 2] = (out[to + 2] as number) + s2;
      out[to + 3] = (out[to + 3] as number) + s3;
    }
    for (; j < n; j++) {
      let sum = 0;
      for (let at = 0; at < k; at++) sum += (a[row + at] as number) * (b[j * k + at] as number);
      out[i * n + j] = (out[i * n + j] as number) + sum;
    }
  }
}

/** The transpose of a row-major [rows, columns] matrix. */
export function transposed(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = matrix[row * columns + column] as number;
    }
  }
  return result;
}
