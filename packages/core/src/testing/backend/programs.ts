import { type DType, elementCount, Graph, gradients, linear, mse, type Program } from '@mokus/graph';
import { seededNoise } from '../../noise.js';
import { f32Tensor, type HostTensor } from '../../tensor.js';

/** Small programs that the contract cases share. */

/** y = x W^T with W "proj.weight" [3, 4], x [n, 4]. */
export function linearProgram(dtype: DType = 'f32', shape: readonly [number, number] = [3, 4]): Program {
  const graph = new Graph();
  const x = graph.input('x', dtype, ['n', shape[1]]);
  graph.output('y', linear(x, graph.weight('proj.weight', shape, dtype)));
  return graph.build();
}

/** Loss and its gradients with respect to x and W of the same layer. */
export function linearGradientProgram(dtype: DType = 'f32'): Program {
  const graph = new Graph();
  const x = graph.input('x', dtype, ['n', 4]);
  const target = graph.input('target', dtype, ['n', 3]);
  const weight = graph.weight('proj.weight', [3, 4], dtype);
  const loss = mse(linear(x, weight), target);
  const [ofX, ofWeight] = gradients([{ value: loss, cotangent: graph.scalar(dtype, 1) }], [x, weight]);
  graph.output('loss', loss);
  graph.output('gradient of x', ofX!);
  graph.output('gradient of weight', ofWeight!);
  return graph.build();
}

export function randomNumbers(size: number, seed = 3): Float64Array {
  const noise = seededNoise(seed);
  return new Float64Array(size).map(() => 2 * noise.uniform() - 1);
}

export function randomTensor(shape: readonly number[], seed = 5): HostTensor<'f32'> {
  return f32Tensor(shape, Float32Array.from(randomNumbers(elementCount(shape), seed)));
}
