import { equalShapes, type Shape, shapeText } from './dims.js';
import { GraphError } from './errors.js';

/**
 * Element types of a program's values. Floating values compute in the type they are written with; the float64
 * interpreter computes every one of them in float64.
 */
export type DType = 'f32' | 'f16' | 'bf16' | 'i32' | 'bool';

/** Bytes of one element, in memory and in files. */
export const elementBytes: Readonly<Record<DType, number>> = { f32: 4, f16: 2, bf16: 2, i32: 4, bool: 1 };

export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

export function isFloating(dtype: DType): boolean {
  return dtype === 'f32' || dtype === 'f16' || dtype === 'bf16';
}

export function equalTypes(a: TensorType, b: TensorType): boolean {
  return a === b || (a.dtype === b.dtype && equalShapes(a.shape, b.shape));
}

export function typeText(type: TensorType): string {
  return `${type.dtype}${shapeText(type.shape)}`;
}

/** Throws {@link GraphError} `dtype` unless the value is floating. */
export function requireFloating(operation: string, name: string, type: TensorType): void {
  if (!isFloating(type.dtype)) {
    throw new GraphError('dtype', `${name} is ${typeText(type)}; expected a floating type, cast it first`, operation);
  }
}

/** The common dtype of the operands; throws {@link GraphError} `dtype` when they differ. */
export function requireSameDType(operation: string, types: readonly TensorType[]): DType {
  const [first] = types;
  if (first === undefined) throw new GraphError('graph', 'no operands', operation);
  if (types.some((type) => type.dtype !== first.dtype)) {
    throw new GraphError('dtype', `operands ${types.map(typeText).join(', ')} differ in dtype; cast one`, operation);
  }
  return first.dtype;
}
