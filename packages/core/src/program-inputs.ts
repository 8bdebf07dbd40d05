import { bindDims, type DimBindings, GraphError, type Program } from '@mokus/graph';
import { MokusError } from './errors.js';
import type { Tensor } from './tensor.js';

/**
 * Checks what a caller passes against what a program declares, and returns the values of its symbolic dimensions: every
 * backend does this before it runs anything. Throws MokusError `input` for a tensor that is missing, unknown, or of
 * another dtype or shape.
 */
export function checkProgramInputs(
  name: string,
  program: Program,
  inputs: Readonly<Record<string, Tensor>>,
): DimBindings {
  const declared = new Set(program.inputs.map((each) => each.name));
  const known = [...declared].join(', ') || 'none';
  for (const { name: input, dtype } of program.inputs) {
    const given = inputs[input];
    if (given === undefined) {
      throw new MokusError('input', `program "${name}": input "${input}" is missing; its inputs are ${known}`);
    }
    if (given.dtype !== dtype) {
      throw new MokusError('input', `program "${name}": input "${input}" is ${given.dtype}, expected ${dtype}`);
    }
  }
  for (const given of Object.keys(inputs)) {
    if (!declared.has(given)) {
      throw new MokusError('input', `program "${name}" has no input "${given}"; its inputs are ${known}`);
    }
  }
  try {
    return bindDims(program.inputs, (input) => inputs[input]?.shape ?? []);
  } catch (error) {
    if (!GraphError.isInstance(error)) throw error;
    throw new MokusError('input', `program "${name}": ${error.message}`, { cause: error });
  }
}
