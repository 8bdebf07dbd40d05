import { type Dim, type DimLike, dim, elementCount, type Shape, shapeText } from './dims.js';
import { GraphError } from './errors.js';
import type { Operation } from './operation.js';
import { missingAxis } from './ops/shared/axes.js';
import { type BuildOptions, buildProgram, type Program } from './program.js';
import { type DType, equalTypes, type TensorType } from './tensor-type.js';

/** Where a value comes from. */
export type Origin =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'weight'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: readonly number[] | Float64Array }
  | {
      readonly kind: 'node';
      readonly operation: Operation<unknown>;
      readonly inputs: readonly Value[];
      readonly attributes: unknown;
      /** Whether differentiation made it: gradients are small numbers, which not every type can hold. */
      readonly isDerivative: boolean;
    };

/** A tensor inside a graph under construction: a handle, not data. */
export class Value {
  readonly graph: Graph;
  /** Position in the graph: every value comes after those that it is computed from. */
  readonly id: number;
  readonly type: TensorType;
  readonly origin: Origin;

  /** @internal Values are made by a {@link Graph}. */
  constructor(graph: Graph, id: number, type: TensorType, origin: Origin) {
    this.graph = graph;
    this.id = id;
    this.type = type;
    this.origin = origin;
  }

  get shape(): Shape {
    return this.type.shape;
  }

  get dtype(): DType {
    return this.type.dtype;
  }

  get rank(): number {
    return this.type.shape.length;
  }

  /** The dimension of an axis; negative axes count from the end. Throws GraphError `shape` for an axis that is not there. */
  dim(axis: number): Dim {
    const found = this.type.shape[axis < 0 ? axis + this.rank : axis];
    if (found === undefined) throw missingAxis('shape', axis, this.shape);
    return found;
  }
}

/**
 * Builds a tensor program. Operations are free functions over {@link Value}s (`linear(x, w)`, `add(a, b)`); a graph
 * holds what they made, in order, and `build` prunes it to what the outputs need.
 */
export class Graph {
  readonly #values: Value[] = [];
  readonly #inputs = new Map<string, Value>();
  readonly #weights = new Map<string, Value>();
  readonly #outputs = new Map<string, Value>();
  #differentiating = false;

  /** Everything made so far, each value after its operands. */
  get values(): readonly Value[] {
    return this.#values;
  }

  #make(type: TensorType, origin: Origin): Value {
    const value = new Value(this, this.#values.length, type, origin);
    this.#values.push(value);
    return value;
  }

  /** Declares what a caller passes to each run. A string in the shape is a symbolic dimension. */
  input(name: string, dtype: DType, shape: readonly DimLike[]): Value {
    if (this.#inputs.has(name))
      throw new GraphError('graph', `input "${name}" is declared twice; give one another name`);
    const value = this.#make({ dtype, shape: shape.map(dim) }, { kind: 'input', name });
    this.#inputs.set(name, value);
    return value;
  }

  /**
   * Declares a checkpoint tensor by its name, in the dtype that the program computes with (a backend casts from the
   * stored one). The same name again gives the same value.
   */
  weight(name: string, shape: readonly number[], dtype: DType = 'f32'): Value {
    const known = this.#weights.get(name);
    if (known !== undefined) {
      if (known.dtype !== dtype || shapeText(known.shape) !== shapeText(shape)) {
        throw new GraphError(
          'weight',
          `weight "${name}" is ${known.dtype}${shapeText(known.shape)} here and ${dtype}${shapeText(shape)} there; declare it alike`,
        );
      }
      return known;
    }
    const value = this.#make({ dtype, shape: shape.map(dim) }, { kind: 'weight', name });
    this.#weights.set(name, value);
    return value;
  }

  /** A small constant that is part of the program. */
  constant(dtype: DType, shape: readonly number[], data: readonly number[] | Float64Array): Value {
    const size = elementCount(shape);
    if (data.length !== size) {
      throw new GraphError(
        'shape',
        `a constant of shape ${shapeText(shape)} needs ${size} numbers, got ${data.length}`,
      );
    }
    return this.#make({ dtype, shape: shape.map(dim) }, { kind: 'constant', data });
  }

  /** A rank-0 constant. */
  scalar(dtype: DType, value: number): Value {
    return this.constant(dtype, [], [value]);
  }

  /** Applies an operation: its shape rule runs now, so a mistake is reported where it is made. */
  apply<A>(operation: Operation<A>, inputs: readonly Value[], attributes: A): Value {
    for (const input of inputs) {
      if (input.graph !== this)
        throw new GraphError('graph', 'an operand belongs to another graph; build all of it in one', operation.name);
    }
    const type = operation.infer(
      inputs.map((input) => input.type),
      attributes,
    );
    return this.#make(type, {
      kind: 'node',
      // An operation reads only its own attributes, so forgetting their type here is safe.
      operation: operation as Operation<unknown>,
      inputs,
      attributes,
      isDerivative: this.#differentiating,
    });
  }

  /** @internal What the work makes are derivatives, or are not. */
  differentiating<T>(isDerivative: boolean, work: () => T): T {
    const before = this.#differentiating;
    this.#differentiating = isDerivative;
    try {
      return work();
    } finally {
      this.#differentiating = before;
    }
  }

  /** A node of another graph, on operands of this one; its shape rule runs again only where their types are others. */
  copy({ origin, type }: Value, inputs: readonly Value[]): Value {
    if (origin.kind !== 'node') throw new GraphError('graph', `only a node can be copied, not ${origin.kind} values`);
    const isSame = (input: Value, like: Value | undefined): boolean =>
      input.graph === this && like !== undefined && equalTypes(input.type, like.type);
    if (inputs.length !== origin.inputs.length || !inputs.every((input, at) => isSame(input, origin.inputs[at])))
      return this.apply(origin.operation, inputs, origin.attributes);
    return this.#make(type, { ...origin, inputs });
  }

  /** Names a value as a result of the program. */
  output(name: string, value: Value): void {
    if (value.graph !== this)
      throw new GraphError('graph', `output "${name}" belongs to another graph; build all of it in one`);
    if (this.#outputs.has(name))
      throw new GraphError('graph', `output "${name}" is declared twice; give one another name`);
    this.#outputs.set(name, value);
  }

  /** The finished program: what the outputs need, and every declared input. */
  build(options?: BuildOptions): Program {
    const inputs = [...this.#inputs].map(([name, { dtype, shape }]) => ({ name, dtype, shape }));
    return buildProgram(inputs, this.#outputs, options);
  }
}
