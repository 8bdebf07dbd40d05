import {
  type Backend,
  type BackendCapabilities,
  checkProgramInputs,
  fileDType,
  findWeight,
  fromNDArray,
  type HostTensor,
  type LoadOptions,
  type Module,
  MokusError,
  type RunProgramOptions,
  type Tensor,
  throwIfCancelled,
  toNDArray,
  type WeightStore,
} from '@mokus/core';
import {
  type DimBindings,
  type EvaluateContext,
  evaluateDim,
  evaluateShape,
  isFloating,
  type NDArray,
  type Operation,
  type Program,
  type Value,
} from '@mokus/graph';
import { toFloat64Array } from '@mokus/safetensors';

const name = 'float32';
const capabilities: BackendCapabilities = {
  device: 'this very thread',
  compute: ['f32'],
  storage: ['f32', 'f16', 'bf16'],
};

/** A kernel of one's own takes what the operation's meaning takes: operands, attributes, the shape of the result. */
type Kernel = Operation['evaluate'];

/** What this device computes itself; every other operation falls back on its meaning. Begin with none, add one at a time. */
const kernels: ReadonlyMap<string, Kernel> = new Map([['linear', linear]]);

/** y[row, out] = sum over in of x[row, in] W[out, in], plus the bias where there is one. */
function linear([x, weight, bias]: readonly NDArray[]): Float64Array {
  if (x === undefined || weight === undefined) throw new RangeError('linear takes x and a weight');
  const [dOut = 0, dIn = 0] = weight.shape;
  const rows = dIn === 0 ? 0 : x.data.length / dIn;
  const y = new Float64Array(rows * dOut);
  for (let row = 0; row < rows; row++) {
    for (let out = 0; out < dOut; out++) {
      let sum = bias?.data[out] ?? 0;
      for (let at = 0; at < dIn; at++) sum += (x.data[row * dIn + at] ?? 0) * (weight.data[out * dIn + at] ?? 0);
      y[row * dOut + out] = sum;
    }
  }
  return y;
}

/** Programs computed one operation after the other, every result rounded to float32: what a device of one's own starts as. */
export function float32Backend(): Backend {
  return {
    name,
    capabilities: () => capabilities,
    async load(weights, programs, options = {}) {
      const module = new Float32Module(weights, options.component ?? weights.name);
      await module.add(programs, options);
      return module;
    },
  };
}

class Float32Module implements Module {
  #programs: Readonly<Record<string, Program>> = {};
  /** Resident weights, by name: once, for all programs. A run keeps the map that it started with. */
  #weights = new Map<string, NDArray>();
  #isDisposed = false;

  constructor(
    private readonly store: WeightStore,
    private readonly component: string,
  ) {}

  get programs(): readonly string[] {
    return Object.keys(this.#programs);
  }

  /** Refuses what is missing or of another shape before anything runs. */
  async add(programs: Readonly<Record<string, Program>>, { signal }: LoadOptions = {}): Promise<void> {
    this.#requireLive();
    throwIfCancelled(signal, `loading ${this.component}`);
    for (const { weights, values } of Object.values(programs)) {
      for (const spec of weights) findWeight(this.store, spec, { name, storage: capabilities.storage });
      for (const { dtype, origin } of values) {
        if (!isFloating(dtype) || capabilities.compute.includes(dtype)) continue;
        const operation = origin.kind === 'node' ? origin.operation.name : origin.kind;
        const message = `${this.component}: ${operation} in ${dtype}: backend ${name} computes in f32; cast to that`;
        throw new MokusError('unsupported', message, { backend: name, operation });
      }
    }
    this.#programs = { ...this.#programs, ...programs };
  }

  async run(
    program: string,
    inputs: Readonly<Record<string, Tensor>>,
    { signal }: RunProgramOptions = {},
  ): Promise<Record<string, HostTensor>> {
    this.#requireLive();
    const what = `${this.component}: program "${program}"`;
    throwIfCancelled(signal, what);
    const loaded = this.#programs[program];
    if (loaded === undefined) throw new MokusError('input', `${what} is not loaded: call add`);
    const bindings = checkProgramInputs(program, loaded, inputs);
    const given = new Map<string, NDArray>();
    for (const { name: input } of loaded.inputs) {
      const tensor = inputs[input] as Tensor;
      given.set(input, toNDArray(tensor.location === 'host' ? tensor : await tensor.read()));
    }
    const weights = this.#weights;
    for (const spec of loaded.weights) {
      if (weights.has(spec.name)) continue;
      const { source, offset, length, dtype, shape } = findWeight(this.store, spec, {
        name,
        storage: capabilities.storage,
      });
      weights.set(spec.name, { shape, data: toFloat64Array(await source.read(offset, length), fileDType[dtype]) });
    }
    throwIfCancelled(signal, what);
    const results = compute(loaded, bindings, { given, weights }, what);
    return Object.fromEntries(
      loaded.outputs.map(({ name: output, dtype, value }) => [output, fromNDArray(results(value), dtype)]),
    );
  }

  async release(): Promise<void> {
    this.#requireLive();
    this.#weights = new Map();
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    this.#weights = new Map();
  }

  #requireLive(): void {
    if (this.#isDisposed) throw new MokusError('disposed', `${this.component} was disposed; load it again to run it`);
  }
}

type Read = { readonly given: ReadonlyMap<string, NDArray>; readonly weights: ReadonlyMap<string, NDArray> };

/** Values in the program's order: each follows its operands. */
function compute(program: Program, bindings: DimBindings, read: Read, what: string): (value: Value) => NDArray {
  const computed = new Map<Value, NDArray>();
  const resultOf = (value: Value): NDArray => {
    const result = computed.get(value);
    if (result === undefined) throw new MokusError('backend', `${what} has no value ${value.id}`, { backend: name });
    return result;
  };
  for (const value of program.values) {
    try {
      computed.set(value, evaluate(value, resultOf, bindings, read));
    } catch (cause) {
      if (MokusError.isInstance(cause)) throw cause;
      throw new MokusError('backend', `${what} on backend ${name}: ${String(cause)}`, { backend: name, cause });
    }
  }
  return resultOf;
}

function evaluate(value: Value, resultOf: (value: Value) => NDArray, bindings: DimBindings, read: Read): NDArray {
  const { origin, dtype } = value;
  const shape = evaluateShape(value.shape, bindings);
  if (origin.kind === 'constant') return { shape, data: Float64Array.from(origin.data) };
  if (origin.kind !== 'node') {
    const found = (origin.kind === 'input' ? read.given : read.weights).get(origin.name);
    if (found === undefined) throw new RangeError(`${origin.name} is missing`);
    return found;
  }
  const { operation, attributes, inputs } = origin;
  const operands = inputs.map(resultOf);
  const context: EvaluateContext<unknown> = {
    attributes,
    output: { dtype, shape },
    dimension: (each) => evaluateDim(each, bindings),
  };
  const data = kernels.get(operation.name)?.(operands, context) ?? operation.evaluate(operands, context);
  return { shape, data: dtype === 'f32' ? data.map(Math.fround) : data };
}
