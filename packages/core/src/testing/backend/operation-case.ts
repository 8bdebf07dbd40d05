import type { DimLike, DType, Graph, Value } from '@mokus/graph';

/** What fills an input of a case. */
export type Fill =
  /** Uniform in [low, high). */
  | readonly [low: number, high: number]
  /** i32 indices, uniform in [0, below). */
  | { readonly below: number }
  /** bools, true in this share of places. */
  | { readonly trueShare: number };

export interface CaseInput {
  readonly shape: readonly DimLike[];
  /** Default: [-1, 1), in the dtype that is tested. */
  readonly fill?: Fill;
}

/** One operation, or one use of it, as the conformance kit runs it: forward, and backward where it has a derivative. */
export interface OperationCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, CaseInput>>;
  readonly build: (values: Readonly<Record<string, Value>>, context: { graph: Graph; dtype: DType }) => Value;
  /** Values of the symbols; a program is loaded once and run with each. */
  readonly sizes: readonly Readonly<Record<string, number>>[];
  /** False where the operation has no derivative. */
  readonly differentiable?: boolean;
}

/** Sizes for cases without symbols. */
export const fixed: readonly Readonly<Record<string, number>>[] = [{}];
