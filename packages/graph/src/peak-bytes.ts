import { type DimBindings, elementCount, evaluateShape } from './dims.js';
import type { Value } from './graph.js';
import { reshapeOperation } from './ops/reshape.js';
import type { Program } from './program.js';
import { elementBytes } from './tensor-type.js';

/**
 * The most bytes that a run's values take at once, when they are computed in the program's order and each is freed after
 * its last use. Inputs and outputs stay for the whole run, a reshape shares its operand's bytes, weights and constants
 * are not counted. What a runtime takes is near this and not equal: it may reuse a buffer in place, fuse operations, or
 * hold on to memory.
 *
 * Throws GraphError `shape` when a symbol has no value.
 */
export function peakBytes(program: Program, dims: DimBindings): number {
  const outputs = new Set(program.outputs.map(({ value }) => storageOf(value)));
  const lastUse = new Map<Value, number>();
  program.values.forEach((value, at) => {
    if (value.origin.kind !== 'node') return;
    for (const operand of value.origin.inputs) lastUse.set(storageOf(operand), at);
  });
  const bytesOf = ({ dtype, shape }: Pick<Value, 'dtype' | 'shape'>): number =>
    elementBytes[dtype] * elementCount(evaluateShape(shape, dims));
  let live = program.inputs.reduce((sum, input) => sum + bytesOf(input), 0);
  let peak = live;
  program.values.forEach((value, at) => {
    if (value.origin.kind !== 'node') return;
    if (storageOf(value) === value) live += bytesOf(value);
    peak = Math.max(peak, live);
    for (const operand of new Set(value.origin.inputs.map(storageOf))) {
      const isFreed = operand.origin.kind === 'node' && lastUse.get(operand) === at && !outputs.has(operand);
      if (isFreed) live -= bytesOf(operand);
    }
  });
  return peak;
}

/** The value whose bytes this one is: its own, or a reshaped one's. */
function storageOf(value: Value): Value {
  const { origin } = value;
  const [operand] = origin.kind === 'node' ? origin.inputs : [];
  const isView = origin.kind === 'node' && origin.operation.name === reshapeOperation.name;
  return isView && operand !== undefined ? storageOf(operand) : value;
}
