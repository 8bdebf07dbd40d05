import { type Dim, elementCount, equalDims, type Shape, shapeText } from '../dims.js';
import { GraphError } from '../errors.js';
import type { Value } from '../graph.js';
import type { Operation } from '../operation.js';
import { requireFloating, requireSameDType } from '../tensor-type.js';
import { broadcastShapes, broadcastTo, sumToShape } from './shared/broadcasting.js';
import { addRowProducts, transposed } from './shared/row-products.js';

export interface MatmulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

export interface MatmulOptions {
  /** Reads a as [..., k, m]. */
  readonly transposeA?: boolean | undefined;
  /** Reads b as [..., n, k]. */
  readonly transposeB?: boolean | undefined;
}

/** Rows and columns of a matrix operand, as it is multiplied. */
function matrixDims(shape: Shape, transpose: boolean): [Dim, Dim] {
  const [rows, columns] = shape.slice(-2) as [Dim, Dim];
  return transpose ? [columns, rows] : [rows, columns];
}

export const matmulOperation: Operation<MatmulAttributes> = {
  name: 'matmul',
  infer(types, { transposeA, transposeB }) {
    const [a, b] = types.map((type) => type.shape) as [Shape, Shape];
    const dtype = requireSameDType('matmul', types);
    requireFloating('matmul', 'a', types[0]!);
    const said = `a ${shapeText(a)}${transposeA ? ' transposed' : ''}, b ${shapeText(b)}${transposeB ? ' transposed' : ''}`;
    if (a.length < 2 || b.length < 2) throw new GraphError('shape', `${said}: both need at least two axes`, 'matmul');
    const [m, inner] = matrixDims(a, transposeA);
    const [innerB, n] = matrixDims(b, transposeB);
    if (!equalDims(inner, innerB)) {
      throw new GraphError('shape', `${said}: the inner dimensions ${inner} and ${innerB} differ`, 'matmul');
    }
    return { dtype, shape: [...broadcastShapes('matmul', [a.slice(0, -2), b.slice(0, -2)]), m, n] };
  },
  evaluate([a, b], { attributes: { transposeA, transposeB }, output }) {
    const batch = output.shape.slice(0, -2);
    const [m, n] = output.shape.slice(-2) as [number, number];
    const k = a!.shape.at(transposeA ? -2 : -1) as number;
    const left = broadcastTo(a!, [...batch, ...a!.shape.slice(-2)]);
    const right = broadcastTo(b!, [...batch, ...b!.shape.slice(-2)]);
    const out = new Float64Array(elementCount(output.shape));
    for (let index = 0; index * m * n < out.length; index++) {
      const leftPart = left.subarray(index * m * k, (index + 1) * m * k);
      const rightPart = right.subarray(index * k * n, (index + 1) * k * n);
      const leftRows = transposeA ? transposed(leftPart, k, m) : leftPart;
      const rightRows = transposeB ? rightPart : transposed(rightPart, k, n);
      addRowProducts(leftRows, rightRows, out.subarray(index * m * n, (index + 1) * m * n), m, n, k);
    }
    return out;
  },
  vjp({ inputs: [a, b], attributes: { transposeA, transposeB }, cotangent, wanted }) {
    const ofA = (): Value =>
      transposeA
        ? matmul(b!, cotangent, { transposeA: transposeB, transposeB: true })
        : matmul(cotangent, b!, { transposeB: !transposeB });
    const ofB = (): Value =>
      transposeB
        ? matmul(cotangent, a!, { transposeA: true, transposeB: transposeA })
        : matmul(a!, cotangent, { transposeA: !transposeA });
    return [wanted[0] ? sumToShape(ofA(), a!.shape) : undefined, wanted[1] ? sumToShape(ofB(), b!.shape) : undefined];
  },
};

/** a [..., m, k] times b [..., k, n]: [..., m, n]; leading dimensions broadcast. */
export function matmul(a: Value, b: Value, options: MatmulOptions = {}): Value {
  return a.graph.apply(matmulOperation, [a, b], {
    transposeA: options.transposeA ?? false,
    transposeB: options.transposeB ?? false,
  });
}
