import { Graph, type Value } from './graph.js';
import type { Program } from './program.js';

/** How a program is copied: what each node and weight becomes. Left out: what it was. */
export interface Rewriting {
  /** A node on operands of the new graph. */
  readonly node: (value: Value, operands: readonly Value[], graph: Graph) => Value;
  readonly weight?: (name: string, value: Value, graph: Graph) => Value;
  readonly output?: (value: Value, like: Value) => Value;
}

/** Copies a program, node by node; inputs and outputs keep their names. The program given is left alone. */
export function rewriteProgram(program: Program, { node, weight = sameWeight, output }: Rewriting): Program {
  const graph = new Graph();
  const inputs = new Map(program.inputs.map(({ name, dtype, shape }) => [name, graph.input(name, dtype, shape)]));
  const copies = new Map<Value, Value>();
  for (const value of program.values) copies.set(value, copy(value));
  for (const { name, value } of program.outputs) {
    const copied = copies.get(value) as Value;
    graph.output(name, output?.(copied, value) ?? copied);
  }
  return graph.build({ asWritten: program.asWritten });

  function copy(value: Value): Value {
    const { origin } = value;
    switch (origin.kind) {
      case 'input':
        return inputs.get(origin.name) as Value;
      case 'weight':
        return weight(origin.name, value, graph);
      case 'constant':
        return graph.constant(value.dtype, value.shape as readonly number[], origin.data);
      case 'node':
        // What stands in place of a derivative is one.
        return graph.differentiating(origin.isDerivative, () =>
          node(
            value,
            origin.inputs.map((input) => copies.get(input) as Value),
            graph,
          ),
        );
    }
  }
}

function sameWeight(name: string, { shape, dtype }: Value, graph: Graph): Value {
  return graph.weight(name, shape as readonly number[], dtype);
}
