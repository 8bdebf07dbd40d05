import { MokusError } from '@mokus/core';

/** |residual| / |right-hand side| at which a row is solved. */
const tolerance = 1e-12;

/** Iterations a matrix of one row: exact arithmetic would need one, rounding some more. */
const iterationsPerRow = 4;

/**
 * Solves with a symmetric positive definite matrix, float64 row-major [size, size], that is too large to factor: conjugate
 * gradients with the diagonal as preconditioner (Hestenes & Stiefel 1952). All right-hand sides go together, so each
 * iteration reads the matrix once. The products are plain float64 on the host: an editor is given no backend, and fp32
 * would not reach the tolerance.
 */
export class ConjugateGradients {
  constructor(
    private readonly matrix: Float64Array,
    readonly size: number,
    private readonly what: string,
  ) {}

  /**
   * `rows` A^-1, for `rows` [count, size] row-major. Throws MokusError `edit` when the matrix turns out not to be positive
   * definite or not finite, or when a row does not converge, as with a singular one.
   */
  solveRows(rows: Float64Array): Float64Array {
    const { matrix, size } = this;
    const solved = new Float64Array(rows.length);
    const active = Array.from({ length: rows.length / size }, (_, row) => new Descent(this, rows, solved, row)).filter(
      (descent) => !descent.done,
    );
    for (let iteration = 0; active.some(({ done }) => !done); iteration++) {
      if (iteration === iterationsPerRow * size) throw this.refusal(`it did not converge in ${iteration} iterations`);
      const open = active.filter(({ done }) => !done);
      for (let row = 0; row < size; row++) {
        const start = row * size;
        for (const { direction, product } of open) {
          let sum = 0;
          for (let column = 0; column < size; column++) sum += matrix[start + column]! * direction[column]!;
          product[row] = sum;
        }
      }
      for (const descent of open) descent.step();
    }
    return solved;
  }

  diagonal(index: number): number {
    return this.matrix[index * this.size + index]!;
  }

  refusal(why: string): MokusError {
    const { what, size } = this;
    return new MokusError(
      'edit',
      `${what} [${size}, ${size}] cannot be solved with, ${why}: raise lambda, or look for values that are not finite`,
      { field: 'lambda' },
    );
  }
}

/** One right-hand side on its way. */
class Descent {
  readonly direction: Float64Array;
  /** A times the direction. */
  readonly product: Float64Array;
  private readonly solution: Float64Array;
  private readonly residual: Float64Array;
  private readonly goal: number;
  /** r^T D^-1 r. */
  private energy: number;

  constructor(
    private readonly system: ConjugateGradients,
    rows: Float64Array,
    solved: Float64Array,
    row: number,
  ) {
    const { size } = system;
    this.solution = solved.subarray(row * size, (row + 1) * size);
    this.residual = rows.slice(row * size, (row + 1) * size);
    this.goal = tolerance * Math.sqrt(dot(this.residual, this.residual));
    this.direction = this.preconditioned();
    this.product = new Float64Array(size);
    this.energy = dot(this.residual, this.direction);
  }

  get done(): boolean {
    return Math.sqrt(dot(this.residual, this.residual)) <= this.goal;
  }

  /** Throws MokusError `edit` where the matrix bends down along the direction. */
  step(): void {
    const { system, solution, residual, direction, product, energy } = this;
    const curvature = dot(direction, product);
    if (!(curvature > 0 && Number.isFinite(curvature))) throw system.refusal(`a curvature is ${curvature}`);
    const length = energy / curvature;
    for (let index = 0; index < solution.length; index++) {
      solution[index]! += length * direction[index]!;
      residual[index]! -= length * product[index]!;
    }
    const next = this.preconditioned();
    this.energy = dot(residual, next);
    const kept = this.energy / energy;
    for (let index = 0; index < direction.length; index++) direction[index] = next[index]! + kept * direction[index]!;
  }

  private preconditioned(): Float64Array {
    return this.residual.map((value, index) => value / this.system.diagonal(index));
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}
