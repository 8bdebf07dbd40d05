import { MokusError } from '@mokus/core';
import { type Dim, equalShapes, type Shape, symbolsOf, type TensorSpec } from '@mokus/graph';
import {
  type Attribute,
  type AttributeValue,
  type ElementType,
  type GraphInit,
  inlineTensor,
  int,
  type NodeInit,
  type TensorInit,
  type ValueInfoInit,
  valueInfo,
} from './proto.js';

export interface EmitOptions {
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** 'com.microsoft' for onnxruntime's own operators. */
  readonly domain?: string;
}

/**
 * Collects the nodes of one program as the body of an ONNX `If` branch. Names carry the program's as a prefix, because
 * a branch shares the name space of the graph around it.
 */
export class BranchBuilder {
  readonly #prefix: string;
  readonly #nodes: NodeInit[] = [];
  readonly #made = new Set<string>();
  readonly #emitted = new Map<string, string[]>();
  readonly #reshaped = new Map<string, { readonly source: string; readonly from: Shape }>();
  readonly #constants = new Map<string, TensorInit>();
  readonly #outputs: ValueInfoInit[] = [];
  readonly #dims = new Map<string, string>();
  readonly #symbolSources = new Map<string, { readonly input: string; readonly axis: number }>();
  /** What the nodes being emitted belong to; stands in node names, so in onnxruntime's error messages. */
  #label = '';

  /** `nameOf` gives the ONNX name of a program's input. */
  constructor(program: string, inputs: readonly TensorSpec[], nameOf: (input: string) => string) {
    this.#prefix = program;
    for (const { name, shape } of inputs) {
      shape.forEach((each, axis) => {
        // An input says what a symbol is only where the symbol stands alone; the rest is checked before each run.
        if (typeof each === 'number' || !isSymbol(each)) return;
        if (!this.#symbolSources.has(each.text)) this.#symbolSources.set(each.text, { input: nameOf(name), axis });
      });
    }
  }

  label(operation: string): void {
    this.#label = operation;
  }

  /** Adds a node, unless there is the same one already, and returns the name of its (first) output. */
  emit(opType: string, inputs: readonly string[], options?: EmitOptions): string {
    return this.emitMany(opType, inputs, 1, options)[0] as string;
  }

  emitMany(opType: string, inputs: readonly string[], outputs: number, options: EmitOptions = {}): string[] {
    const attribute = Object.entries(options.attributes ?? {}).map(([name, make]) => make(name));
    const key = [opType, options.domain, ...inputs, ...attribute.map(attributeKey)].join('\n');
    const known = this.#emitted.get(key);
    if (known !== undefined) return known;
    const id = this.#nodes.length;
    const output = Array.from(
      { length: outputs },
      (_, index) => `${this.#prefix}/${id}${index === 0 ? '' : `.${index}`}`,
    );
    this.#nodes.push({
      name: `${this.#prefix}/${this.#label}/${opType}.${id}`,
      opType,
      domain: options.domain ?? '',
      input: [...inputs],
      output,
      attribute,
    });
    for (const each of output) this.#made.add(each);
    this.#emitted.set(key, output);
    return output;
  }

  /** A constant of the branch; equal ones are stored once. */
  constant(type: ElementType, dims: readonly number[], data: ArrayLike<number>): string {
    // As text a negative zero is a zero.
    const numbers = Array.from(data, (each) => (Object.is(each, -0) ? '-0' : each));
    const key = `${type}[${dims.join()}]${numbers.join()}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known.name as string;
    const name = `${this.#prefix}/constant.${this.#constants.size}`;
    this.#constants.set(key, inlineTensor(name, type, dims, data));
    return name;
  }

  scalar(type: ElementType, value: number): string {
    return this.constant(type, [], [value]);
  }

  /** int64[n]: axes, starts, static shapes. */
  ints(values: readonly number[]): string {
    return this.constant('i64', [values.length], values);
  }

  /** A dimension's value as int64[1], computed from the inputs' shapes where it is symbolic. */
  dim(dim: Dim): string {
    if (typeof dim === 'number') return this.ints([dim]);
    const known = this.#dims.get(dim.text);
    if (known !== undefined) return known;
    const terms = [...dim.terms].map(([monomial, factor]) => {
      const symbols = monomial.split('*').filter(Boolean);
      const parts = symbols.map((symbol) => this.#symbol(symbol));
      if (factor !== 1 || parts.length === 0) parts.push(this.ints([factor]));
      return parts.reduce((product, part) => this.emit('Mul', [product, part]));
    });
    const value = terms.reduce((sum, term) => this.emit('Add', [sum, term]));
    this.#dims.set(dim.text, value);
    return value;
  }

  #symbol(symbol: string): string {
    const known = this.#dims.get(symbol);
    if (known !== undefined) return known;
    const source = this.#symbolSources.get(symbol);
    if (source === undefined) {
      throw new MokusError(
        'unsupported',
        `program "${this.#prefix}": no input has the dimension "${symbol}" alone on an axis, so its value is unknown; declare one that has`,
      );
    }
    const value = this.emit('Shape', [source.input], {
      attributes: { start: int(source.axis), end: int(source.axis + 1) },
    });
    this.#dims.set(symbol, value);
    return value;
  }

  /** A shape as int64[rank]: a constant where it is static. */
  shape(shape: Shape): string {
    const fixed = staticShape(shape);
    if (fixed !== undefined) return this.ints(fixed);
    return this.concatInts(shape.map((each) => this.dim(each)));
  }

  /** The same elements under another shape; of a chain of reshapes only the last one runs. */
  reshape(value: string, from: Shape, to: Shape): string {
    const origin = this.#reshaped.get(value) ?? { source: value, from };
    if (equalShapes(origin.from, to)) return origin.source;
    // Without allowzero a length of 0 would mean "as before".
    const target = this.#reshapeTarget(to);
    const result = this.emit('Reshape', [origin.source, target], { attributes: { allowzero: int(1) } });
    this.#reshaped.set(result, origin);
    return result;
  }

  /** Static with one -1 where a single dimension is symbolic, so that nothing runs for it. */
  #reshapeTarget(shape: Shape): string {
    const symbolic = shape.filter((each) => typeof each !== 'number');
    // -1 is ambiguous beside a 0.
    if (symbolic.length === 1 && !shape.includes(0)) {
      return this.ints(shape.map((each) => (typeof each === 'number' ? each : -1)));
    }
    return this.shape(shape);
  }

  concatInts(parts: readonly string[]): string {
    return parts.length === 1 ? (parts[0] as string) : this.emit('Concat', parts, { attributes: { axis: int(0) } });
  }

  /** Makes a value the branch's next output. */
  output(value: string, type: ElementType): void {
    // A branch returns what its own nodes made, each under a name of its own.
    const ready = this.#made.has(value) && !this.#outputs.some(({ name }) => name === value);
    this.#outputs.push(valueInfo(ready ? value : this.emit('Identity', [value]), type));
  }

  build(): GraphInit {
    const { nodes, read } = this.#needed();
    return {
      name: this.#prefix,
      node: nodes,
      initializer: [...this.#constants.values()].filter(({ name }) => read.has(name as string)),
      output: this.#outputs,
    };
  }

  /** The nodes that the outputs need, and every name that these read. */
  #needed(): { readonly nodes: NodeInit[]; readonly read: ReadonlySet<string> } {
    const read = new Set(this.#outputs.map(({ name }) => name as string));
    const nodes: NodeInit[] = [];
    for (const node of [...this.#nodes].reverse()) {
      if (!node.output?.some((each) => read.has(each))) continue;
      nodes.push(node);
      for (const input of node.input ?? []) read.add(input);
    }
    return { nodes: nodes.reverse(), read };
  }
}

/** The shape in numbers, or undefined where a dimension is symbolic. */
function staticShape(shape: Shape): readonly number[] | undefined {
  return shape.every((each): each is number => typeof each === 'number') ? shape : undefined;
}

/** An attribute as text: equal for equal ones. Graphs, which no lowering of an operation emits, are not told apart. */
function attributeKey({ name, type, i, ints, f, s }: Attribute): string {
  return `${name} ${type} ${i ?? ''} ${ints ?? ''} ${f ?? ''} ${s ?? ''}`;
}

function isSymbol(dim: Dim): boolean {
  return symbolsOf(dim).length === 1 && symbolsOf(dim)[0] === String(dim);
}
