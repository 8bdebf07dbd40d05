import { Cholesky } from './cholesky.js';
import type { LargeMatrix } from './large-matrix.js';
import { LargeSolver } from './large-solver.js';
import { addIdentity, times, timesTransposed } from './products.js';
import { exactUpTo, type SolveOptions, type SymmetricSolver, symmetricSolver } from './symmetric-solver.js';

/**
 * The regulariser A of a ridge regression over keys of width `size`, as the map k -> k A^-1 on rows. What A is large
 * for, an edit leaves alone.
 */
export interface Ridge {
  readonly size: number;
  /** `rows` A^-1, float64 [count, size] row-major. Throws MokusError `edit` where A is singular, `cancelled`. */
  apply(rows: Float64Array, options?: SolveOptions): Promise<Float64Array>;
  /**
   * A + K^T K for keys K [count, size] that stay from edit to edit: they are worked in here, at the cost of these keys alone,
   * and `apply` solves as often as before. Throws as `apply`.
   */
  plus(keys: Float64Array, options?: SolveOptions): Promise<Ridge>;
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
  if (size > exactUpTo) return solvedRidge({ size, apply });
  return { size, apply, plus: async (keys) => factoredRidge(Cholesky.diagonal(entries).plus(keys)) };
}

/**
 * A ridge that no edit gets past but within the space of `basis` [within.size, size], whose rows are orthonormal: there it is
 * `within`, in their coordinates. Its `apply` is B^T within^-1 B, so keys need not be projected first.
 */
export function subspaceRidge(basis: Float64Array, within: Ridge, size: number): Ridge {
  const coordinates = (rows: Float64Array): Float64Array => timesTransposed(rows, basis, size);
  return {
    size,
    apply: async (rows, options) => times(await within.apply(coordinates(rows), options), basis, within.size, size),
    plus: async (keys, options) => subspaceRidge(basis, await within.plus(coordinates(keys), options), size),
  };
}

/** A = lambda I + mu C from the second moment C [size, size] of keys to leave alone; factored here, once, up to 4,096. */
export function momentRidge(moment: Float64Array, size: number, lambda: number, mu: number): Ridge {
  const what = 'lambda I + mu C';
  if (size > exactUpTo) return largeRidge({ matrix: moment, size, scale: mu, shift: lambda, what });
  const matrix = moment.map((value) => mu * value);
  for (let i = 0; i < size; i++) matrix[i * size + i]! += lambda;
  return factoredRidge(Cholesky.factor(matrix, size, what));
}

/** A system that is too large to be factored. */
export function largeRidge(system: LargeMatrix): Ridge {
  const solver = new LargeSolver(system);
  return solvedRidge({ size: system.size, apply: (rows, options) => solver.solveRows(rows, options) });
}

/**
 * A = base + K^T K for a few protected keys K [count, size], already scaled, without the base being factored again: by
 * Woodbury's identity.
 */
export async function protectedRidge(base: Ridge, keys: Float64Array, options: SolveOptions = {}): Promise<Ridge> {
  return keys.length === 0 ? base : solvedRidge(base).plus(keys, options);
}

function factoredRidge(factored: Cholesky): Ridge {
  return {
    size: factored.size,
    apply: async (rows) => factored.solveRows(rows),
    plus: async (keys) => factoredRidge(factored.plus(keys)),
  };
}

/** Keys K that came to a ridge A, as far as they were solved when they came. */
interface SolvedKeys {
  /** K A^-1, [count, size]. */
  readonly solved: Float64Array;
  /** I + K A^-1 K^T. */
  readonly inner: SymmetricSolver;
}

/**
 * A base with the keys that came to it, group after group. By Woodbury's identity each group K takes A^-1 to
 * A^-1 - A^-1 K^T (I + K A^-1 K^T)^-1 K A^-1, for the A with the groups before it: so keys are solved once, when they come,
 * and what is applied is solved with the base alone.
 */
function solvedRidge(base: Pick<Ridge, 'size' | 'apply'>, groups: readonly SolvedKeys[] = []): Ridge {
  const { size } = base;
  const apply: Ridge['apply'] = async (rows, options) => {
    const result = (await base.apply(rows, options)).slice();
    for (const { solved, inner } of groups) {
      const along = await inner.solveRows(timesTransposed(rows, solved, size), options);
      const correction = times(along, solved, solved.length / size, size);
      for (let index = 0; index < result.length; index++) result[index]! -= correction[index]!;
    }
    return result;
  };
  return {
    size,
    apply,
    plus: async (keys, options) => {
      const count = keys.length / size;
      const solved = await apply(keys, options);
      const gram = addIdentity(timesTransposed(keys, solved, size), count);
      const inner = symmetricSolver(gram, count, 'the Gram matrix of the protected keys');
      return solvedRidge(base, [...groups, { solved, inner }]);
    },
  };
}
