import { Cholesky } from './cholesky.js';
import { LargeSolver } from './large-solver.js';
import { addIdentity, times, timesTransposed } from './products.js';
import { exactUpTo, type SolveOptions, symmetricSolver } from './symmetric-solver.js';

/**
 * The regulariser A of a ridge regression over keys of width `size`, as the map k -> k A^-1 on rows. What A is large
 * for, an edit leaves alone.
 */
export interface Ridge {
  readonly size: number;
  /** `rows` A^-1, float64 [count, size] row-major. Throws MokusError `edit` where A is singular, `cancelled`. */
  apply(rows: Float64Array, options?: SolveOptions): Promise<Float64Array>;
  /**
   * A + K^T K for keys K [count, size] that stay from edit to edit: `apply` takes no longer than before. Undefined where A is
   * not factored.
   */
  readonly plus?: (keys: Float64Array) => Ridge;
}

/** A = lambda I: UltraEdit's, without protection. */
export function identityRidge(size: number, lambda: number): Ridge {
  return diagonalRidge(new Float64Array(size).fill(lambda));
}

/** A with these entries above 0 on its diagonal, and nothing else. */
export function diagonalRidge(entries: Float64Array): Ridge {
  const size = entries.length;
  const apply = async (rows: Float64Array): Promise<Float64Array> =>
    rows.map((value, index) => value / entries[index % size]!);
  if (size > exactUpTo) return { size, apply };
  return { size, apply, plus: (keys) => factoredRidge(Cholesky.diagonal(entries).plus(keys)) };
}

/**
 * A ridge that no edit gets past but within the space of `basis` [within.size, size], whose rows are orthonormal: there it is
 * `within`, in their coordinates. Its `apply` is B^T within^-1 B, so keys need not be projected first.
 */
export function subspaceRidge(basis: Float64Array, within: Ridge, size: number): Ridge {
  const coordinates = (rows: Float64Array): Float64Array => timesTransposed(rows, basis, size);
  const { plus } = within;
  return {
    size,
    apply: async (rows, options) => times(await within.apply(coordinates(rows), options), basis, within.size, size),
    ...(plus && { plus: (keys) => subspaceRidge(basis, plus(coordinates(keys)), size) }),
  };
}

/** A = lambda I + mu C from the second moment C [size, size] of keys to leave alone; factored here, once, up to 4,096. */
export function momentRidge(moment: Float64Array, size: number, lambda: number, mu: number): Ridge {
  const what = 'lambda I + mu C';
  if (size > exactUpTo) {
    const solver = new LargeSolver({ matrix: moment, size, scale: mu, shift: lambda, what });
    return { size, apply: (rows, options) => solver.solveRows(rows, options) };
  }
  const matrix = moment.map((value) => mu * value);
  for (let i = 0; i < size; i++) matrix[i * size + i]! += lambda;
  return factoredRidge(Cholesky.factor(matrix, size, what));
}

function factoredRidge(factored: Cholesky): Ridge {
  return {
    size: factored.size,
    apply: async (rows) => factored.solveRows(rows),
    plus: (keys) => factoredRidge(factored.plus(keys)),
  };
}

/**
 * A = base + K^T K for a few protected keys K [count, size], already scaled; by Woodbury's identity
 * A^-1 = B - B K^T (I + K B K^T)^-1 K B with B = base^-1, so the base is not factored again.
 */
export async function protectedRidge(base: Ridge, keys: Float64Array, options: SolveOptions = {}): Promise<Ridge> {
  const { size } = base;
  const count = keys.length / size;
  if (count === 0) return base;
  const solved = await base.apply(keys, options);
  const inner = addIdentity(timesTransposed(keys, solved, size), count);
  const factored = symmetricSolver(inner, count, 'the Gram matrix of the protected prompts');
  return {
    size,
    apply: async (rows, applying) => {
      const result = await base.apply(rows, applying);
      const inBetween = await factored.solveRows(timesTransposed(rows, solved, size), applying);
      const correction = times(inBetween, solved, count, size);
      return result.map((value, index) => value - correction[index]!);
    },
  };
}
