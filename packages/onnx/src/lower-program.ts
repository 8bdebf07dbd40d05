import { MokusError } from '@mokus/core';
import { decomposeProgram, isFloating, type Program, shapeText, type Value } from '@mokus/graph';
import { BranchBuilder } from './branch-builder.js';
import type { LoweringTarget, Operand } from './lowering.js';
import { widenProgram } from './precision.js';
import type { GraphInit } from './proto.js';

/** How a program names what it takes from the graph around it. */
export interface OuterNames {
  readonly input: (name: string) => string;
  readonly weight: (name: string, dtype: Value['dtype']) => string;
}

/**
 * One program as the body of a branch, its outputs in the program's order. Throws MokusError `unsupported` naming the
 * operation, the dtype and the backend for what the target has no lowering or no kernel for.
 */
export function lowerProgram(name: string, program: Program, target: LoweringTarget, outer: OuterNames): GraphInit {
  const decomposed = decomposeProgram(program, (operation) => target.lowerings.has(operation));
  const simpler = target.lacks === undefined ? decomposed : widenProgram(decomposed, target.lacks);
  const branch = new BranchBuilder(name, program.inputs, outer.input);
  const operands = new Map<Value, Operand>();
  for (const value of simpler.values) {
    checkDType(name, value, target);
    operands.set(value, { name: lowerValue(value), type: value.type });
  }
  branch.label('output');
  for (const { value } of simpler.outputs) branch.output((operands.get(value) as Operand).name, value.dtype);
  return branch.build();

  function lowerValue(value: Value): string {
    const { origin } = value;
    switch (origin.kind) {
      case 'input':
        return outer.input(origin.name);
      case 'weight':
        return outer.weight(origin.name, value.dtype);
      case 'constant':
        return branch.constant(value.dtype, value.shape as readonly number[], origin.data);
      case 'node': {
        const { operation, attributes } = origin;
        const lower = target.lowerings.get(operation.name);
        if (lower === undefined)
          throw unsupported(
            name,
            value,
            operation.name,
            'has neither a lowering nor a decomposition: give it one',
            target,
          );
        branch.label(operation.name);
        const inputs = origin.inputs.map((input) => operands.get(input) as Operand);
        return lower({ branch, inputs, output: value.type, attributes });
      }
    }
  }
}

function checkDType(program: string, value: Value, target: LoweringTarget): void {
  if (!isFloating(value.dtype) || target.compute.includes(value.dtype)) return;
  const { origin } = value;
  const what =
    origin.kind === 'node'
      ? origin.operation.name
      : origin.kind === 'constant'
        ? 'constant'
        : `${origin.kind} "${origin.name}"`;
  throw unsupported(
    program,
    value,
    what,
    `has no kernels for ${value.dtype}: compute in ${target.compute.join(' or ')}`,
    target,
  );
}

function unsupported(
  program: string,
  value: Value,
  operation: string,
  why: string,
  target: LoweringTarget,
): MokusError {
  return new MokusError(
    'unsupported',
    `program "${program}": ${operation} ${value.dtype}${shapeText(value.shape)} on backend ${target.backend} ${why}`,
    { operation, backend: target.backend },
  );
}
