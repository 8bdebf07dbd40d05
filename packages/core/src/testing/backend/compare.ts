import type { DType, NDArray } from '@mokus/graph';
import { toNDArray } from '../../numbers.js';
import type { HostTensor } from '../../tensor.js';
import { relativeError } from '../expectations.js';

/** By the dtype of a result. */
export type Tolerances = Readonly<Record<DType, number>>;

/**
 * Largest error, as a share of the largest magnitude that the float64 interpreter gives, at which a dtype's result counts
 * as right. Measured over all operation cases: f32 on onnxruntime's CPU provider 8.2e-7 at most.
 */
export const tolerances: Readonly<Record<DType, number>> = { f32: 2e-6, f16: 4e-3, bf16: 3e-2, i32: 0, bool: 0 };

/** What is right where programs in f32 are computed in another type. */
export function tolerancesIn(precision: DType): Tolerances {
  return { ...tolerances, f32: tolerances[precision] };
}

/** Throws unless the tensor has the expected shape and its numbers are within the tolerance of its dtype. */
export function requireClose(
  name: string,
  got: HostTensor | undefined,
  expected: NDArray,
  dtype: DType,
  allowed: number | Tolerances = tolerances,
): void {
  const tolerance = typeof allowed === 'number' ? allowed : allowed[got?.dtype ?? dtype];
  if (got === undefined) throw new Error(`output "${name}" did not come back`);
  if (got.shape.join() !== expected.shape.join()) {
    throw new Error(`"${name}" came back as [${got.shape.join(', ')}], expected [${expected.shape.join(', ')}]`);
  }
  const error = relativeError(toNDArray(got).data, expected.data);
  if (!(error <= tolerance)) {
    const numbers = (data: ArrayLike<number>): string => `${Array.from(data).slice(0, 8).join(', ')}`;
    throw new Error(
      `"${name}" is off by ${error} of its largest magnitude, allowed ${tolerance}: got ${numbers(got.data)}; expected ${numbers(expected.data)}`,
    );
  }
}
