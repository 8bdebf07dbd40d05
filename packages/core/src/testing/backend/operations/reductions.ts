import {
  cosineSimilarity,
  crossEntropy,
  layerNorm,
  logSoftmax,
  mse,
  reduceMax,
  reduceMean,
  reduceSum,
  rmsNorm,
  softmax,
  type Value,
} from '@mokus/graph';
import type { Fill, OperationCase } from '../operation-case.js';

const sizes = [{ n: 3 }, { n: 8 }];
const wide: Fill = [-3, 3];

function reduction(name: string, operation: (x: Value) => Value): OperationCase {
  return { name, inputs: { x: { shape: ['n', 4, 5], fill: wide } }, build: ({ x }) => operation(x!), sizes };
}

export const reductionCases: readonly OperationCase[] = [
  reduction('reduceSum of everything', (x) => reduceSum(x)),
  reduction('reduceSum of the middle axis', (x) => reduceSum(x, { axes: [1] })),
  reduction('reduceSum of a symbolic axis, kept', (x) => reduceSum(x, { axes: [0, 2], keepDims: true })),
  reduction('reduceMean of everything', (x) => reduceMean(x)),
  reduction('reduceMean of the last axis, kept', (x) => reduceMean(x, { axes: [-1], keepDims: true })),
  reduction('reduceMax of everything', (x) => reduceMax(x)),
  reduction('reduceMax of the last axis', (x) => reduceMax(x, { axes: [-1] })),
  reduction('reduction of no axis', (x) => reduceSum(x, { axes: [] })),
  reduction('softmax of the last axis', (x) => softmax(x)),
  reduction('softmax of a symbolic axis', (x) => softmax(x, 0)),
  reduction('logSoftmax of the last axis', (x) => logSoftmax(x)),
  reduction('logSoftmax of the middle axis', (x) => logSoftmax(x, 1)),
  {
    name: 'rmsNorm',
    inputs: { x: { shape: ['n', 2, 6], fill: wide }, weight: { shape: [6] } },
    build: ({ x, weight }) => rmsNorm(x!, weight!, 1e-6),
    sizes,
  },
  {
    name: 'layerNorm',
    inputs: { x: { shape: ['n', 2, 6], fill: wide }, weight: { shape: [6] }, bias: { shape: [6] } },
    build: ({ x, weight, bias }) => layerNorm(x!, { weight: weight!, bias: bias!, epsilon: 1e-5 }),
    sizes,
  },
  {
    name: 'layerNorm without weight and bias',
    inputs: { x: { shape: ['n', 6], fill: wide } },
    build: ({ x }) => layerNorm(x!, { epsilon: 1e-5 }),
    sizes,
  },
  {
    name: 'layerNorm with bias only',
    inputs: { x: { shape: ['n', 6], fill: wide }, bias: { shape: [6] } },
    build: ({ x, bias }) => layerNorm(x!, { bias: bias!, epsilon: 1e-5 }),
    sizes,
  },
  {
    name: 'crossEntropy',
    inputs: { logits: { shape: ['n', 7], fill: wide }, labels: { shape: ['n'], fill: { below: 7 } } },
    build: ({ logits, labels }) => crossEntropy(logits!, labels!),
    sizes,
  },
  {
    name: 'mse',
    inputs: { a: { shape: ['n', 4] }, b: { shape: ['n', 4] } },
    build: ({ a, b }) => mse(a!, b!),
    sizes,
  },
  {
    name: 'cosineSimilarity',
    inputs: { a: { shape: ['n', 5] }, b: { shape: [5] } },
    build: ({ a, b }) => cosineSimilarity(a!, b!),
    sizes,
  },
];
