import type { Value } from './graph.js';
import type { Program } from './program.js';
import { rewriteProgram } from './rewrite-program.js';

/**
 * The same program with each expression once: nodes of one operation, with equal attributes, on the same operands. A
 * derivative repeats what the forward pass computed; backends share that too, yet onnxruntime-node 1.29.0 crashes where two
 * outputs are equal expressions.
 */
export function shareExpressions(program: Program): Program {
  const known = new Map<string, Value>();
  return rewriteProgram(program, {
    node(value, operands, graph) {
      const { origin } = value;
      if (origin.kind !== 'node') return graph.copy(value, operands);
      const { operation, attributes } = origin;
      const key = JSON.stringify([operation.name, operands.map(({ id }) => id), attributes], exactly);
      const found = known.get(key);
      if (found?.origin.kind === 'node' && found.origin.operation === operation) return found;
      const copied = graph.copy(value, operands);
      known.set(key, copied);
      return copied;
    },
  });
}

/** JSON has no word for these numbers. */
function exactly(_name: string, value: unknown): unknown {
  return typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
    ? `${1 / value} ${value}`
    : value;
}
