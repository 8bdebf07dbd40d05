import {
  type DType,
  elementCount,
  evaluateShape,
  Graph,
  gradients,
  interpret,
  isFloating,
  type NDArray,
  type Program,
} from '@mokus/graph';
import type { Backend } from '../../backend.js';
import { type NoiseGenerator, seededNoise } from '../../noise.js';
import { fromNDArray, toNDArray } from '../../numbers.js';
import type { HostTensor } from '../../tensor.js';
import { requireClose, type Tolerances } from './compare.js';
import type { CaseInput, OperationCase } from './operation-case.js';
import { noWeights } from './weight-stores.js';

/** The case's operation and, where it has one, its derivative with respect to every floating input, from a cotangent. */
function programOf({ inputs, build, differentiable = true }: OperationCase, dtype: DType): Program {
  const graph = new Graph();
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, graph.input(name, dtypeOf(input, dtype), input.shape)]),
  );
  const result = build(values, { graph, dtype });
  graph.output('result', result);
  if (differentiable) {
    const cotangent = graph.input('cotangent', result.dtype, result.shape);
    const wrt = Object.entries(values).filter(([, value]) => isFloating(value.dtype));
    const parts = gradients(
      [{ value: result, cotangent }],
      wrt.map(([, value]) => value),
    );
    wrt.forEach(([name], index) => {
      graph.output(`gradient of ${name}`, parts[index]!);
    });
  }
  return graph.build();
}

function dtypeOf({ fill }: CaseInput, dtype: DType): DType {
  if (fill === undefined || Array.isArray(fill)) return dtype;
  return 'below' in fill ? 'i32' : 'bool';
}

function draw(noise: NoiseGenerator, { fill = [-1, 1] }: CaseInput): number {
  if ('trueShare' in fill) return noise.uniform() < fill.trueShare ? 1 : 0;
  if ('below' in fill) return Math.floor(noise.uniform() * fill.below);
  return fill[0] + (fill[1] - fill[0]) * noise.uniform();
}

/** Runs a case on a backend at all its sizes and compares with the float64 interpreter. */
export async function runOperationCase(
  backend: Backend,
  each: OperationCase,
  dtype: DType,
  allowed: number | Tolerances,
): Promise<void> {
  const program = programOf(each, dtype);
  const module = await backend.load(noWeights, { operation: program });
  try {
    const noise = seededNoise(7);
    for (const sizes of each.sizes) {
      const inputs: Record<string, HostTensor> = {};
      const exact: Record<string, NDArray> = {};
      const bindings = new Map(Object.entries(sizes));
      for (const { name, dtype: type, shape } of program.inputs) {
        const fill = each.inputs[name] ?? { shape };
        const lengths = evaluateShape(shape, bindings);
        const data = new Float64Array(elementCount(lengths)).map(() => draw(noise, fill));
        inputs[name] = fromNDArray({ shape: lengths, data }, type);
        // The interpreter gets what the dtype can hold.
        exact[name] = toNDArray(inputs[name]);
      }
      const expected = interpret(program, { inputs: exact });
      const got = await module.run('operation', inputs);
      for (const [name, array] of Object.entries(expected)) requireClose(name, got[name], array, dtype, allowed);
    }
  } finally {
    await module.dispose();
  }
}
