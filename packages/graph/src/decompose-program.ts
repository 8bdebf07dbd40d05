import type { Value } from './graph.js';
import type { Program } from './program.js';
import { rewriteProgram } from './rewrite-program.js';

/**
 * The same program in operations that `known` accepts: others are replaced by their decomposition, again and again.
 * What has no decomposition stays. The program given is left alone.
 */
export function decomposeProgram(program: Program, known: (operation: string) => boolean): Program {
  let current = program;
  while (current.values.some((value) => canDecompose(value, known))) {
    current = rewriteProgram(current, {
      node(value, operands, graph) {
        const { origin } = value;
        if (origin.kind !== 'node' || !canDecompose(value, known)) return graph.copy(value, operands);
        return origin.operation.decompose?.(operands, origin.attributes) as Value;
      },
    });
  }
  return current;
}

function canDecompose({ origin }: Value, known: (operation: string) => boolean): boolean {
  return origin.kind === 'node' && !known(origin.operation.name) && origin.operation.decompose !== undefined;
}
