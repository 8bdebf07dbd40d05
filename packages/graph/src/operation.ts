import type { Dim } from './dims.js';
import type { Value } from './graph.js';
import type { DType, TensorType } from './tensor-type.js';

/** A dense array in row-major order, as the interpreter computes with it: booleans are 0 and 1, integers are exact. */
export interface NDArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export interface VjpContext<A> {
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly attributes: A;
  /** dL/d(output), of the output's shape and dtype. */
  readonly cotangent: Value;
  /** Which inputs' cotangents are wanted: the others may be left out. */
  readonly wanted: readonly boolean[];
}

export interface EvaluateContext<A> {
  readonly attributes: A;
  readonly output: { readonly dtype: DType; readonly shape: readonly number[] };
  /** The value of a dimension that an attribute mentions. */
  readonly dimension: (dim: Dim) => number;
}

/**
 * One operation: its shape rule, its vector-Jacobian product and its float64 meaning. Operations are values: a third
 * party defines one and applies it with {@link Graph.apply}; a lowering looks it up by `name`, and falls back on
 * `decompose`. Attributes are plain data (numbers, texts, lists, dimensions): nodes are told apart by them.
 */
export interface Operation<A = unknown> {
  readonly name: string;
  /** The output's type. Throws GraphError that names the operation, the shapes and the mend. */
  infer(inputs: readonly TensorType[], attributes: A): TensorType;
  /** float64 meaning: this defines the operation. */
  evaluate(inputs: readonly NDArray[], context: EvaluateContext<A>): Float64Array;
  /**
   * Cotangents of the inputs, in programs again; undefined where an input has none (integers, masks). Left out: the
   * decomposition is differentiated; with neither, the operation is not differentiable.
   */
  vjp?(context: VjpContext<A>): readonly (Value | undefined)[];
  /** The same value in simpler operations, for a lowering without a kernel of its own for this one. */
  decompose?(inputs: readonly Value[], attributes: A): Value;
}
