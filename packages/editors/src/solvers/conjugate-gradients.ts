/** Products of rows with a symmetric matrix, in the order of the rows. */
export type Products = (rows: readonly Float64Array[]) => Promise<readonly Float64Array[]>;

/** Right-hand sides with how long the residual of each may stay. */
export interface Descending {
  readonly rights: readonly Float64Array[];
  /** |residual| at which a row is solved. */
  readonly goals: readonly number[];
  /** Of the matrix: the preconditioner. */
  readonly diagonal: (index: number) => number;
  readonly mostIterations: number;
}

/** What a row has come to. */
export interface Descended {
  readonly solution: Float64Array;
  /** Why the goal was not reached; undefined where it was. */
  readonly stopped: string | undefined;
}

/**
 * Solves with a symmetric positive definite matrix that is known by its products alone: conjugate gradients with the diagonal
 * as preconditioner (Hestenes & Stiefel 1952), from 0. All right-hand sides go together, so each iteration reads the
 * matrix once. A row stops where the matrix bends down along its direction.
 */
export async function conjugateGradients(
  products: Products,
  { rights, goals, diagonal, mostIterations }: Descending,
): Promise<readonly Descended[]> {
  const descents = rights.map((right, row) => new Descent(right, goals[row]!, diagonal));
  for (let iteration = 0; iteration < mostIterations; iteration++) {
    const open = descents.filter((descent) => descent.open);
    if (open.length === 0) break;
    const along = await products(open.map(({ direction }) => direction));
    for (const [index, descent] of open.entries()) descent.step(along[index]!);
  }
  return descents.map((descent) => ({
    solution: descent.solution,
    stopped: descent.open ? `it did not converge in ${mostIterations} iterations` : descent.stopped,
  }));
}

/** One right-hand side on its way. */
class Descent {
  readonly solution: Float64Array;
  readonly direction: Float64Array;
  stopped: string | undefined;
  private readonly residual: Float64Array;
  /** r^T D^-1 r. */
  private energy: number;

  constructor(
    right: Float64Array,
    private readonly goal: number,
    private readonly diagonal: (index: number) => number,
  ) {
    this.solution = new Float64Array(right.length);
    this.residual = right.slice();
    this.direction = this.preconditioned();
    this.energy = dot(this.residual, this.direction);
  }

  get open(): boolean {
    return this.stopped === undefined && !(lengthOf(this.residual) <= this.goal);
  }

  /** @param product the matrix times the direction */
  step(product: Float64Array): void {
    const { solution, residual, direction, energy } = this;
    const curvature = dot(direction, product);
    if (!(curvature > 0 && Number.isFinite(curvature))) {
      this.stopped = `a curvature is ${curvature}`;
      return;
    }
    const stride = energy / curvature;
    for (let index = 0; index < solution.length; index++) {
      solution[index]! += stride * direction[index]!;
      residual[index]! -= stride * product[index]!;
    }
    const next = this.preconditioned();
    this.energy = dot(residual, next);
    const kept = this.energy / energy;
    for (let index = 0; index < direction.length; index++) direction[index] = next[index]! + kept * direction[index]!;
  }

  private preconditioned(): Float64Array {
    return this.residual.map((value, index) => value / this.diagonal(index));
  }
}

export function lengthOf(row: Float64Array): number {
  return Math.sqrt(dot(row, row));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}
