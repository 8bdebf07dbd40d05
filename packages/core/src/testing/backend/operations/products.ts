import { attention, linear, matmul, rotaryEmbedding } from '@mokus/graph';
import { fixed, type OperationCase } from '../operation-case.js';

const sizes = [
  { b: 2, s: 3, t: 4 },
  { b: 1, s: 6, t: 6 },
];

function matmulCase(transposeA: boolean, transposeB: boolean, batched: 'neither' | 'both' | 'left'): OperationCase {
  const leadA = batched === 'neither' ? [] : batched === 'both' ? ['b', 1] : ['b', 2];
  const leadB = batched === 'both' ? [2] : [];
  const named = [transposeA ? ' a transposed' : '', transposeB ? ' b transposed' : ''].join('');
  return {
    name: `matmul,${named} ${batched === 'neither' ? 'of matrices' : `batched on ${batched === 'both' ? 'both sides' : 'the left'}`}`,
    inputs: {
      a: { shape: [...leadA, ...(transposeA ? [5, 's'] : ['s', 5])] },
      b: { shape: [...leadB, ...(transposeB ? [4, 5] : [5, 4])] },
    },
    build: ({ a, b }) => matmul(a!, b!, { transposeA, transposeB }),
    sizes,
  };
}

export const productCases: readonly OperationCase[] = [
  ...([false, true] as const).flatMap((transposeA) =>
    ([false, true] as const).flatMap((transposeB) =>
      (['neither', 'both', 'left'] as const).map((batched) => matmulCase(transposeA, transposeB, batched)),
    ),
  ),
  {
    name: 'matmul with an inner size of 0',
    inputs: { a: { shape: ['s', 'r'] }, b: { shape: ['r', 4] } },
    build: ({ a, b }) => matmul(a!, b!),
    sizes: [
      { s: 3, r: 2 },
      { s: 3, r: 0 },
    ],
  },
  {
    name: 'linear with bias',
    inputs: { x: { shape: ['b', 's', 5] }, weight: { shape: [4, 5] }, bias: { shape: [4] } },
    build: ({ x, weight, bias }) => linear(x!, weight!, bias!),
    sizes,
  },
  {
    name: 'linear of one vector',
    inputs: { x: { shape: [5] }, weight: { shape: [4, 5] } },
    build: ({ x, weight }) => linear(x!, weight!),
    sizes: fixed,
  },
  {
    name: 'linear through a symbolic rank',
    inputs: { x: { shape: ['b', 's', 5] }, v: { shape: ['r', 5] }, u: { shape: [4, 'r'] } },
    build: ({ x, v, u }) => linear(linear(x!, v!), u!),
    sizes: [
      { b: 2, s: 3, r: 1 },
      { b: 1, s: 2, r: 3 },
    ],
  },
  ...(['halves', 'pairs'] as const).map(
    (layout): OperationCase => ({
      name: `rotaryEmbedding in ${layout}`,
      inputs: { x: { shape: ['b', 's', 2, 6] }, cos: { shape: ['s', 3] }, sin: { shape: ['s', 3] } },
      build: ({ x, cos, sin }) => rotaryEmbedding(x!, cos!, sin!, layout),
      sizes,
    }),
  ),
  {
    name: 'rotaryEmbedding with positions of each sample',
    inputs: { x: { shape: ['b', 's', 2, 4] }, cos: { shape: ['b', 's', 2] }, sin: { shape: ['b', 's', 2] } },
    build: ({ x, cos, sin }) => rotaryEmbedding(x!, cos!, sin!, 'halves'),
    sizes,
  },
  {
    name: 'attention',
    inputs: { q: { shape: ['b', 's', 2, 4] }, k: { shape: ['b', 't', 2, 4] }, v: { shape: ['b', 't', 2, 4] } },
    build: ({ q, k, v }) => attention(q!, k!, v!),
    sizes,
  },
  {
    name: 'attention, grouped, causal, with a key mask',
    inputs: {
      q: { shape: ['b', 's', 4, 4] },
      k: { shape: ['b', 's', 2, 4] },
      v: { shape: ['b', 's', 2, 4] },
      mask: { shape: ['b', 's'], fill: { trueShare: 0.8 } },
    },
    build: ({ q, k, v, mask }) => attention(q!, k!, v!, { causal: true, keyMask: mask!, scale: 0.3 }),
    sizes,
  },
];
