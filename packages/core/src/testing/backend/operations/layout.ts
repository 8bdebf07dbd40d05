import {
  add,
  addDims,
  cast,
  concat,
  dim,
  expand,
  fill,
  gather,
  iota,
  multiply,
  multiplyDims,
  pad,
  reshape,
  scatterAdd,
  slice,
  subtractDims,
  takeAlong,
  transpose,
  zerosLike,
} from '@mokus/graph';
import { fixed, type OperationCase } from '../operation-case.js';

const n = dim('n');
const m = dim('m');
const sizes = [
  { n: 3, m: 2 },
  { n: 5, m: 7 },
];

export const layoutCases: readonly OperationCase[] = [
  {
    name: 'reshape with one symbol',
    inputs: { x: { shape: ['n', 6] } },
    build: ({ x }) => reshape(x!, [-1, 3]),
    sizes,
  },
  {
    name: 'reshape with two symbols',
    inputs: { x: { shape: ['n', 'm', 6] } },
    build: ({ x }) => reshape(x!, [multiplyDims(n, 2), multiplyDims(m, 3)]),
    sizes,
  },
  {
    name: 'reshape of nothing',
    inputs: { x: { shape: ['n', 'm', 6] } },
    build: ({ x }) => reshape(x!, [m, n, 6]),
    sizes: [
      { n: 3, m: 2 },
      { n: 0, m: 2 },
    ],
  },
  {
    name: 'transpose',
    inputs: { x: { shape: ['n', 2, 3, 'm'] } },
    build: ({ x }) => transpose(x!, [3, 1, 0, 2]),
    sizes,
  },
  {
    name: 'expand to new and symbolic axes',
    inputs: { x: { shape: ['n', 1, 3] }, like: { shape: ['m'] } },
    build: ({ x, like }) => multiply(expand(x!, [2, n, m, 3]), reshape(like!, [m, 1])),
    sizes,
  },
  {
    name: 'concat along a symbolic axis',
    inputs: { a: { shape: [2, 'n', 3] }, b: { shape: [2, 'm', 3] }, c: { shape: [2, 1, 3] } },
    build: ({ a, b, c }) => concat([a!, b!, c!], 1),
    sizes,
  },
  {
    name: 'slice of fixed and symbolic range',
    inputs: { x: { shape: [addDims(n, m), 5] }, a: { shape: ['n'] }, b: { shape: ['m'] } },
    build: ({ x, a, b }) => {
      const part = slice(slice(x!, 0, n, addDims(n, m)), 1, 1, 4);
      return add(multiply(part, reshape(b!, [m, 1])), slice(a!, 0, 0, 1));
    },
    sizes,
  },
  {
    name: 'slice to a symbolic end less one',
    inputs: { x: { shape: ['n', 4] } },
    build: ({ x }) => slice(x!, 0, 1, subtractDims(n, 1)),
    sizes,
  },
  {
    name: 'pad by fixed and symbolic counts',
    inputs: { x: { shape: ['n', 3] }, like: { shape: ['m'] } },
    build: ({ x, like }) => add(pad(pad(x!, 0, 2, m), 1, 0, 1), slice(like!, 0, 0, 1)),
    sizes,
  },
  {
    name: 'gather',
    inputs: { table: { shape: [6, 2, 3] }, indices: { shape: ['n', 'm'], fill: { below: 6 } } },
    build: ({ table, indices }) => gather(table!, indices!),
    sizes,
  },
  {
    name: 'scatterAdd with rows named twice',
    inputs: { updates: { shape: ['n', 'm', 3] }, indices: { shape: ['n', 'm'], fill: { below: 4 } } },
    build: ({ updates, indices }) => scatterAdd(updates!, indices!, 4),
    sizes,
  },
  {
    name: 'takeAlong',
    inputs: { x: { shape: ['n', 2, 5] }, indices: { shape: ['n', 2], fill: { below: 5 } } },
    build: ({ x, indices }) => takeAlong(x!, indices!),
    sizes,
  },
  {
    name: 'iota and fill of symbolic size',
    inputs: { x: { shape: ['n', 'm'] } },
    build: ({ x }, { graph, dtype }) => {
      const counted = multiply(x!, add(iota(graph, m, dtype), cast(iota(graph, m, 'i32'), dtype)));
      return add(multiply(counted, fill(graph, [n, m], dtype, 0.5)), zerosLike(x!));
    },
    sizes,
  },
  {
    name: 'iota and fill of fixed size',
    inputs: { x: { shape: [2, 4] } },
    build: ({ x }, { graph, dtype }) => multiply(add(x!, iota(graph, 4, dtype)), fill(graph, [2, 1], dtype, 3)),
    sizes: fixed,
  },
];
