import { Graph, type Program, type Value } from '@mokus/graph';

/**
 * The same program in operations that `known` accepts: others are replaced by their decomposition, again and again.
 * What has no decomposition stays. The program given is left alone.
 */
export function decomposeProgram(program: Program, known: (operation: string) => boolean): Program {
  let current = program;
  while (current.values.some((value) => canDecompose(value, known))) current = decomposeOnce(current, known);
  return current;
}

function canDecompose({ origin }: Value, known: (operation: string) => boolean): boolean {
  return origin.kind === 'node' && !known(origin.operation.name) && origin.operation.decompose !== undefined;
}

function decomposeOnce(program: Program, known: (operation: string) => boolean): Program {
  const graph = new Graph();
  const copies = new Map<Value, Value>();
  const inputs = new Map(program.inputs.map(({ name, dtype, shape }) => [name, graph.input(name, dtype, shape)]));
  for (const value of program.values) copies.set(value, copy(value));
  for (const { name, value } of program.outputs) graph.output(name, copies.get(value) as Value);
  return graph.build();

  function copy(value: Value): Value {
    const { origin } = value;
    switch (origin.kind) {
      case 'input':
        return inputs.get(origin.name) as Value;
      case 'weight':
        return graph.weight(origin.name, value.shape as readonly number[], value.dtype);
      case 'constant':
        return graph.constant(value.dtype, value.shape as readonly number[], origin.data);
      case 'node': {
        const operands = origin.inputs.map((input) => copies.get(input) as Value);
        return canDecompose(value, known)
          ? (origin.operation.decompose?.(operands, origin.attributes) as Value)
          : graph.copy(value, operands);
      }
    }
  }
}
