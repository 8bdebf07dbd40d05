import type { DType, TensorType } from '@mokus/graph';
import type { BranchBuilder } from './branch-builder.js';

/** An operand of an operation that is being lowered: its ONNX name and its type. */
export interface Operand {
  readonly name: string;
  readonly type: TensorType;
}

export interface LoweringContext<A> {
  /** Where nodes go. */
  readonly branch: BranchBuilder;
  readonly inputs: readonly Operand[];
  readonly output: TensorType;
  readonly attributes: A;
}

/** Writes one operation as ONNX nodes and returns the name of the result, which has `output`'s dtype and shape. */
export type Lowering<A> = (context: LoweringContext<A>) => string;

/**
 * Lowerings by operation name. An operation that is not here is decomposed; one that has no decomposition either is
 * refused.
 */
export type LoweringTable = ReadonlyMap<string, Lowering<unknown>>;

/** What the lowering may assume of the device. */
export interface LoweringTarget {
  /** For messages. */
  readonly backend: string;
  /** Floating types with kernels. */
  readonly compute: readonly DType[];
  readonly lowerings: LoweringTable;
  /** Operations that have no kernel for a narrow floating type, though others do: they are computed in f32. */
  readonly lacks?: ((operation: string, dtype: DType) => boolean) | undefined;
}

/** An operation reads only attributes that it wrote itself, so forgetting their type in the table is safe. */
export function lowering<A>(name: string, lower: Lowering<A>): readonly [string, Lowering<unknown>] {
  return [name, lower as Lowering<unknown>];
}

/** The n-th operand. Shape rules have checked the arity. */
export function operand(inputs: readonly Operand[], index: number): Operand {
  return inputs[index] as Operand;
}
