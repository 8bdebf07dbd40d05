import {
  conv2d,
  conv2dInputGradient,
  conv2dWeightGradient,
  dim,
  type Padding2d,
  upsampleNearest2d,
} from '@mokus/graph';
import { fixed, type OperationCase } from '../operation-case.js';

const symbolic = [
  { n: 1, h: 4, w: 6 },
  { n: 2, h: 5, w: 3 },
];

function convolution(name: string, stride: number, padding: number | Padding2d, size: number): OperationCase {
  return {
    name: `conv2d, ${name}`,
    inputs: { x: { shape: ['n', 3, size, size + 1] }, weight: { shape: [4, 3, 3, 2] }, bias: { shape: [4] } },
    build: ({ x, weight, bias }) => conv2d(x!, weight!, { bias: bias!, stride, padding }),
    sizes: [{ n: 1 }, { n: 2 }],
  };
}

export const convolutionCases: readonly OperationCase[] = [
  convolution('plain', 1, 0, 5),
  convolution('padded on all sides', 1, 1, 5),
  convolution('stride 2 with padding at the end only', 2, [0, 0, 1, 1], 6),
  convolution('stride 2 that leaves a row over', 2, 0, 6),
  convolution('stride 3 with uneven padding', 3, [2, 0, 1, 1], 8),
  {
    name: 'conv2d of a picture of symbolic size',
    inputs: { x: { shape: ['n', 2, 'h', 'w'] }, weight: { shape: [3, 2, 3, 3] } },
    build: ({ x, weight }) => conv2d(x!, weight!, { padding: 1 }),
    sizes: symbolic,
  },
  {
    name: 'conv2d of stride 2 of a picture of even symbolic size',
    inputs: {
      x: { shape: ['n', 2, 'rows', 'columns'] },
      weight: { shape: [3, 2, 3, 3] },
    },
    // The upsampling makes the sizes even.
    build: ({ x, weight }) => conv2d(upsampleNearest2d(x!, 2), weight!, { stride: 2, padding: [0, 0, 1, 1] }),
    sizes: [
      { n: 1, rows: 2, columns: 3 },
      { n: 2, rows: 3, columns: 1 },
    ],
  },
  {
    name: 'conv2dInputGradient',
    inputs: { g: { shape: ['n', 4, 3, 3] }, weight: { shape: [4, 2, 3, 3] } },
    build: ({ g, weight }) =>
      conv2dInputGradient(g!, weight!, { stride: 2, padding: [1, 0, 0, 1], height: 6, width: 6 }),
    sizes: [{ n: 1 }, { n: 3 }],
  },
  {
    name: 'conv2dWeightGradient',
    inputs: { x: { shape: [2, 2, 5, 5] }, g: { shape: [2, 4, 3, 3] } },
    build: ({ x, g }) =>
      conv2dWeightGradient(x!, g!, { stride: 2, padding: [1, 1, 1, 1], kernelHeight: 3, kernelWidth: 3 }),
    sizes: fixed,
  },
  {
    name: 'upsampleNearest2d',
    inputs: { x: { shape: [dim('n'), 2, 'h', 'w'] } },
    build: ({ x }) => upsampleNearest2d(x!, 2),
    sizes: symbolic,
  },
];
