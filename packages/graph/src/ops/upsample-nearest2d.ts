import { type Dim, multiplyDims } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { expand } from './expand.js';
import { reshape } from './reshape.js';
import { requireRank } from './shared/axes.js';

export interface UpsampleNearest2dAttributes {
  readonly factor: number;
}

const name = 'upsampleNearest2d';

export const upsampleNearest2dOperation: Operation<UpsampleNearest2dAttributes> = {
  name,
  infer([x], { factor }) {
    if (!Number.isInteger(factor) || factor < 1) {
      throw new GraphError('attribute', `factor ${factor} is not a whole number from 1`, name);
    }
    requireRank(name, 'x', x!.shape, '[batch, channels, height, width]', 4);
    const [n, c, h, w] = x!.shape as [Dim, Dim, Dim, Dim];
    return { dtype: x!.dtype, shape: [n, c, multiplyDims(h, factor), multiplyDims(w, factor)] };
  },
  evaluate([x], { attributes: { factor }, output }) {
    const [n, c, height, width] = output.shape as [number, number, number, number];
    const out = new Float64Array(n * c * height * width);
    const sourceWidth = width / factor;
    for (let row = 0, at = 0; row < n * c * height; row++) {
      const source = Math.floor(row / factor) * sourceWidth;
      for (let column = 0; column < width; column++) {
        out[at++] = x!.data[source + Math.floor(column / factor)] as number;
      }
    }
    return out;
  },
  decompose([x], { factor }) {
    const [n, c, h, w] = x!.shape as [Dim, Dim, Dim, Dim];
    const repeated = expand(reshape(x!, [n, c, h, 1, w, 1]), [n, c, h, factor, w, factor]);
    return reshape(repeated, [n, c, multiplyDims(h, factor), multiplyDims(w, factor)]);
  },
};

/** Each pixel of x [N, C, H, W] repeated factor x factor times. */
export function upsampleNearest2d(x: Value, factor: number): Value {
  return x.graph.apply(upsampleNearest2dOperation, [x], { factor });
}
