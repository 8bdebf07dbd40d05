import { MokusError } from '@mokus/core';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { diagonalRidge, type Ridge, subspaceRidge } from './ridge.js';
import { exactUpTo } from './symmetric-solver.js';

/** The eigenvectors of a second moment of keys, float64: in which directions keys are small. */
export class Spectrum {
  /** Ascending. */
  private readonly eigenvalues: readonly number[];
  /** Eigenvectors as rows, in the order of the eigenvalues, [size, size]. */
  private readonly vectors: Float64Array;

  /**
   * Decomposes the symmetric `moment` [size, size]. Throws MokusError `unsupported` beyond 4,096: at 18,944, the width of a
   * 7B model's down projections, a decomposition is 6e13 operations, days on a host. Lanczos' method for the directions
   * above a threshold would spare little: published thresholds lie where eigenvalues are dense, so thousands of steps are
   * needed to tell them apart, of about 2 s each there.
   */
  constructor(
    moment: Float64Array,
    private readonly size: number,
  ) {
    if (size > exactUpTo) {
      throw new MokusError(
        'unsupported',
        `the eigenvectors of a [${size}, ${size}] second moment would take days, ${exactUpTo} is the most: use memit with mu = lambda / nullSpaceThreshold, whose ridge is such a null space with a soft edge, or sites with fewer inputs`,
        { field: 'sites' },
      );
    }
    const decomposition = new EigenvalueDecomposition(Matrix.from1DArray(size, size, moment), {
      assumeSymmetric: true,
    });
    const values = decomposition.realEigenvalues;
    const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
    this.eigenvalues = order.map((index) => values[index]!);
    this.vectors = Float64Array.from(order.flatMap((index) => decomposition.eigenvectorMatrix.getColumn(index)));
  }

  /**
   * lambda I + mu M of the moment M, within the space of its eigenvectors U0 whose eigenvalue is below `threshold`, where M is
   * the diagonal of those; no edit gets past it elsewhere. Throws MokusError `edit` when there is none: every direction is one
   * that general keys use.
   */
  ridgeBelow(threshold: number, lambda: number, mu: number): Ridge {
    const { eigenvalues, vectors, size } = this;
    const above = eigenvalues.findIndex((value) => value >= threshold);
    const count = above === -1 ? size : above;
    if (count === 0) {
      throw new MokusError(
        'edit',
        `no direction is left to edit in: the least eigenvalue of the keys' second moment is ${eigenvalues[0]}, and nullSpaceThreshold is ${threshold}: raise it`,
        { field: 'nullSpaceThreshold' },
      );
    }
    const entries = Float64Array.from(eigenvalues.slice(0, count), (value) => lambda + mu * atLeast0(value));
    return subspaceRidge(vectors.subarray(0, count * size), diagonalRidge(entries), size);
  }

  /** Rows whose sum of k k^T is the moment: each eigenvector times the root of its eigenvalue, [size, size]. */
  rootRows(): Float64Array {
    const { eigenvalues, vectors, size } = this;
    const roots = eigenvalues.map((value) => Math.sqrt(atLeast0(value)));
    return vectors.map((value, index) => value * roots[Math.floor(index / size)]!);
  }
}

/** Rounding may leave the least eigenvalues of a sum of k k^T below 0. */
function atLeast0(eigenvalue: number): number {
  return Math.max(0, eigenvalue);
}
