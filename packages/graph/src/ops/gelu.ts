import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireFloating } from '../tensor-type.js';
import { add, multiply } from './arithmetic.js';
import { erf, erfOperation, tanh } from './unary.js';

export interface GeluAttributes {
  readonly approximate: 'tanh' | 'none';
}

const tanhScale = Math.sqrt(2 / Math.PI);
const tanhCubic = 0.044715;

export const geluOperation: Operation<GeluAttributes> = {
  name: 'gelu',
  infer([x], { approximate }) {
    requireFloating('gelu', 'x', x!);
    if (approximate !== 'tanh' && approximate !== 'none') {
      throw new GraphError('attribute', `approximate is "${String(approximate)}", expected "tanh" or "none"`, 'gelu');
    }
    return x!;
  },
  evaluate([x], { attributes, output }) {
    const { data, shape } = x!;
    if (attributes.approximate === 'tanh') {
      return data.map((each) => 0.5 * each * (1 + Math.tanh(tanhScale * each * (1 + tanhCubic * each * each))));
    }
    const scaled = { shape, data: data.map((each) => each * Math.SQRT1_2) };
    const erfs = erfOperation.evaluate([scaled], { attributes: {}, output, dimension: Number });
    return data.map((each, index) => 0.5 * each * (1 + (erfs[index] as number)));
  },
  decompose([x], { approximate }) {
    const half = multiply(x!, 0.5);
    if (approximate === 'none') return multiply(half, add(1, erf(multiply(x!, Math.SQRT1_2))));
    const cubic = add(1, multiply(multiply(x!, x!), tanhCubic));
    return multiply(half, add(1, tanh(multiply(multiply(x!, cubic), tanhScale))));
  },
};

/** Gaussian error linear unit: x Phi(x), exact ('none') or by the tanh formula (Hendrycks and Gimpel 2016, section 2). */
export function gelu(x: Value, options: { readonly approximate: 'tanh' | 'none' }): Value {
  return x.graph.apply(geluOperation, [x], { approximate: options.approximate });
}
