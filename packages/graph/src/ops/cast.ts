import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { type DType, isFloating } from '../tensor-type.js';
import { type NoAttributes, noAttributes } from './shared/operand.js';

export interface CastAttributes {
  readonly dtype: DType;
}

export const castOperation: Operation<CastAttributes> = {
  name: 'cast',
  infer: ([x], { dtype }) => ({ dtype, shape: x!.shape }),
  evaluate([x], { attributes: { dtype } }) {
    if (dtype === 'bool') return x!.data.map((each) => (each !== 0 ? 1 : 0));
    return dtype === 'i32' ? x!.data.map(Math.trunc) : x!.data;
  },
  vjp: ({ inputs: [x], cotangent }) => [isFloating(x!.dtype) ? cast(cotangent, x!.dtype) : undefined],
};

export const detachOperation: Operation<NoAttributes> = {
  name: 'detach',
  infer: ([x]) => x!,
  evaluate: ([x]) => x!.data,
  vjp: () => [undefined],
};

/**
 * The same values in another dtype: to i32 towards zero, to bool "is not 0"; the float64 interpreter does not round
 * between floating types. The value itself when it has the dtype already.
 */
export function cast(x: Value, dtype: DType): Value {
  return x.dtype === dtype ? x : x.graph.apply(castOperation, [x], { dtype });
}

/** The same values, constant for differentiation. */
export function detach(x: Value): Value {
  return x.graph.apply(detachOperation, [x], noAttributes);
}
