import { MokusError } from '@mokus/core';
import { betweenSolves } from './between-solves.js';
import { conjugateGradients, type Descending, lengthOf, type Products } from './conjugate-gradients.js';
import { type LargeMatrix, placeMatrix } from './large-matrix.js';
import type { SolveOptions, SymmetricSolver } from './symmetric-solver.js';

/** |residual| / |right-hand side| at which a row is solved. */
const tolerance = 1e-12;

/**
 * How far a backend's products in fp32 lower a residual before it is computed again in float64. On the second moments of
 * SmolLM2's down projections (1,536 inputs, mu 15,000, lambda 0) three such rounds of 140 products reach 1e-12, where
 * float64 alone takes 273; rounds of 1e-2 take six.
 */
const roundTolerance = 1e-4;

/** Iterations a matrix of one row: exact arithmetic would need one, rounding some more. */
const iterationsPerRow = 4;

/**
 * Solves by conjugate gradients. Where there is a backend it multiplies, in fp32, and the result is refined: what is left
 * over is computed in float64 on the host and solved for again (Wilkinson's iterative refinement), so that the result is as
 * exact as the host's own. Rows that fp32 brings no further, and all of them where the backend cannot hold the matrix, are
 * solved with the host's products.
 */
export class LargeSolver implements SymmetricSolver {
  constructor(private readonly system: LargeMatrix) {}

  async solveRows(rows: Float64Array, { backend, signal }: SolveOptions = {}): Promise<Float64Array> {
    const { size } = this.system;
    const solving = Array.from(
      { length: rows.length / size },
      (_, row) => new Solving(rows.subarray(row * size, (row + 1) * size)),
    );
    const placed = backend && solving.some(({ open }) => open) ? await placeMatrix(this.system, backend, signal) : null;
    try {
      if (placed) await this.refine(solving, placed.products, signal);
    } finally {
      await placed?.module.dispose();
    }
    await this.finish(
      solving.filter(({ open }) => open),
      signal,
    );
    const solved = new Float64Array(rows.length);
    for (const [row, { solution }] of solving.entries()) solved.set(solution, row * size);
    return solved;
  }

  /** Rounds on the backend, until no row gets shorter by them. */
  private async refine(solving: readonly Solving[], products: Products, signal?: AbortSignal): Promise<void> {
    for (let open = solving.filter((row) => row.open); open.length > 0; open = open.filter((row) => row.open)) {
      const lengths = open.map(({ residual }) => lengthOf(residual));
      const rights = open.map(({ residual }, row) => residual.map((value) => value / lengths[row]!));
      const round = await conjugateGradients(
        products,
        this.descending(rights, Array(open.length).fill(roundTolerance)),
      );
      const tried = open.map(({ solution }, row) =>
        solution.map((value, index) => value + lengths[row]! * round[row]!.solution[index]!),
      );
      const back = await hostProducts(this.system, signal)(tried);
      open = open.filter((row, index) => row.accept(tried[index]!, back[index]!));
    }
  }

  /** What is left over, with products in float64. Throws MokusError `edit` for a row that does not get there. */
  private async finish(open: readonly Solving[], signal?: AbortSignal): Promise<void> {
    const rights = open.map(({ residual }) => residual);
    const goals = open.map(({ goal }) => goal);
    const done = await conjugateGradients(hostProducts(this.system, signal), this.descending(rights, goals));
    for (const [row, { solution, stopped }] of done.entries()) {
      if (stopped !== undefined) throw this.refusal(stopped);
      open[row]!.add(solution);
    }
  }

  private descending(rights: readonly Float64Array[], goals: readonly number[]): Descending {
    const { matrix, size, scale, shift } = this.system;
    return {
      rights,
      goals,
      diagonal: (index) => scale * matrix[index * size + index]! + shift,
      mostIterations: iterationsPerRow * size,
    };
  }

  private refusal(why: string): MokusError {
    const { what, size } = this.system;
    return new MokusError(
      'edit',
      `${what} [${size}, ${size}] cannot be solved with, ${why}: raise lambda, or look for values that are not finite`,
      { field: 'lambda' },
    );
  }
}

/** One right-hand side with what is solved of it. */
class Solving {
  solution: Float64Array;
  residual: Float64Array;
  readonly goal: number;

  constructor(private readonly right: Float64Array) {
    this.solution = new Float64Array(right.length);
    this.residual = right;
    this.goal = tolerance * lengthOf(right);
  }

  get open(): boolean {
    return !(lengthOf(this.residual) <= this.goal);
  }

  /** Takes a solution whose product with the matrix is `back`, where it halves the residual at least. */
  accept(solution: Float64Array, back: Float64Array): boolean {
    const residual = this.right.map((value, index) => value - back[index]!);
    if (!(lengthOf(residual) <= lengthOf(this.residual) / 2)) return false;
    this.solution = solution;
    this.residual = residual;
    return true;
  }

  add(change: Float64Array): void {
    this.solution = this.solution.map((value, index) => value + change[index]!);
  }
}

/** In float64, read once for all rows. */
function hostProducts({ matrix, size, scale, shift }: LargeMatrix, signal?: AbortSignal): Products {
  return async (rows) => {
    await betweenSolves(signal);
    const products = rows.map(() => new Float64Array(size));
    for (let row = 0; row < size; row++) {
      const start = row * size;
      for (const [index, direction] of rows.entries()) {
        let sum = 0;
        for (let column = 0; column < size; column++) sum += matrix[start + column]! * direction[column]!;
        products[index]![row] = scale * sum + shift * direction[row]!;
      }
    }
    return products;
  };
}
