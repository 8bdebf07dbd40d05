import { type DType, GraphError, interpret, type NDArray, type Program } from '@mokus/graph';
import { toFloat64Array } from '@mokus/safetensors';
import type { Backend, BackendCapabilities, LoadOptions, Module, RunProgramOptions } from './backend.js';
import { MokusError, throwIfCancelled } from './errors.js';
import { fromNDArray, toNDArray } from './numbers.js';
import { checkProgramInputs } from './program-inputs.js';
import { fileDType, findWeight } from './program-weights.js';
import { type DeviceTensor, type HostTensor, hostOf, type Tensor } from './tensor.js';
import type { WeightStore } from './weights.js';

const capabilities: BackendCapabilities = {
  device: 'float64 interpreter',
  compute: ['f32', 'f16', 'bf16'],
  storage: ['f32', 'f16', 'bf16'],
};

/**
 * The float64 interpreter that defines every operation, as a backend: slow, right, and there to compare others with.
 * Everything inside a program is float64; its outputs are rounded to the dtypes that it declares.
 */
export function referenceBackend(): Backend {
  return {
    name: 'reference',
    capabilities: () => capabilities,
    async load(weights, programs, options = {}) {
      const module = new ReferenceModule(weights, options.component ?? weights.name);
      await module.add(programs, options);
      return module;
    },
  };
}

class ReferenceModule implements Module {
  readonly #store: WeightStore;
  readonly #component: string;
  /** What was read; a run keeps the map that it started with. */
  #weights = new Map<string, NDArray>();
  #programs: Readonly<Record<string, Program>> = {};
  #disposed = false;

  constructor(store: WeightStore, component: string) {
    this.#store = store;
    this.#component = component;
  }

  get programs(): readonly string[] {
    return Object.keys(this.#programs);
  }

  async add(programs: Readonly<Record<string, Program>>, { signal }: LoadOptions = {}): Promise<void> {
    this.#requireLive();
    throwIfCancelled(signal, `loading ${this.#component}`);
    for (const program of Object.values(programs)) {
      for (const spec of program.weights) {
        findWeight(this.#store, spec, { name: 'reference', storage: capabilities.storage });
      }
    }
    this.#programs = { ...this.#programs, ...programs };
  }

  async run(
    name: string,
    inputs: Readonly<Record<string, Tensor>>,
    options: RunProgramOptions = {},
  ): Promise<Record<string, HostTensor>> {
    return this.#run(name, inputs, options, fromNDArray);
  }

  /** Results stay in float64. */
  async runOnDevice(
    name: string,
    inputs: Readonly<Record<string, Tensor>>,
    options: RunProgramOptions = {},
  ): Promise<Record<string, Tensor>> {
    return this.#run(name, inputs, options, (array, dtype) => new ReferenceTensor(array, dtype));
  }

  async place(tensors: Readonly<Record<string, HostTensor>>): Promise<Record<string, Tensor>> {
    this.#requireLive();
    return Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, new ReferenceTensor(toNDArray(tensor), tensor.dtype)]),
    );
  }

  async #run<Result>(
    name: string,
    inputs: Readonly<Record<string, Tensor>>,
    { signal }: RunProgramOptions,
    take: (array: NDArray, dtype: DType) => Result,
  ): Promise<Record<string, Result>> {
    this.#requireLive();
    const what = `${this.#component}: program "${name}"`;
    throwIfCancelled(signal, what);
    const program = this.#programs[name];
    if (program === undefined) {
      throw new MokusError(
        'input',
        `${what} is not loaded; loaded are ${this.programs.join(', ') || 'none'}: call add`,
      );
    }
    checkProgramInputs(name, program, inputs);
    const arrays: Record<string, NDArray> = {};
    for (const { name: input } of program.inputs) {
      const given = inputs[input] as Tensor;
      arrays[input] = given instanceof ReferenceTensor ? given.array : toNDArray(await hostOf(given));
    }
    const weights = this.#weights;
    for (const spec of program.weights) {
      if (!weights.has(spec.name)) weights.set(spec.name, await this.#read(spec));
    }
    throwIfCancelled(signal, what);
    const results = interpretProgram(program, arrays, weights, what);
    throwIfCancelled(signal, what);
    return Object.fromEntries(
      program.outputs.map(({ name: output, dtype }) => [output, take(results[output] as NDArray, dtype)]),
    );
  }

  async release(): Promise<void> {
    this.#requireLive();
    this.#weights = new Map();
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#weights = new Map();
  }

  async #read(spec: Program['weights'][number]): Promise<NDArray> {
    const entry = findWeight(this.#store, spec, { name: 'reference', storage: capabilities.storage });
    const bytes = await entry.source.read(entry.offset, entry.length);
    return { shape: entry.shape, data: toFloat64Array(bytes, fileDType[entry.dtype]) };
  }

  #requireLive(): void {
    if (this.#disposed) {
      throw new MokusError('disposed', `${this.#component} was disposed; load it again to run it`);
    }
  }
}

/** Float64 numbers of a tensor whose dtype is another: they are rounded when they are read. */
class ReferenceTensor implements DeviceTensor {
  readonly location = 'device';
  readonly backend = 'reference';

  constructor(
    readonly array: NDArray,
    readonly dtype: DType,
  ) {}

  get shape(): readonly number[] {
    return this.array.shape;
  }

  async read(): Promise<HostTensor> {
    return fromNDArray(this.array, this.dtype);
  }

  dispose(): void {}
}

function interpretProgram(
  program: Program,
  inputs: Record<string, NDArray>,
  weights: ReadonlyMap<string, NDArray>,
  what: string,
): Record<string, NDArray> {
  try {
    return interpret(program, { inputs, weights: (weight) => weights.get(weight) as NDArray });
  } catch (cause) {
    if (!GraphError.isInstance(cause)) throw cause;
    throw new MokusError('backend', `${what} on backend reference: ${cause.message}`, { backend: 'reference', cause });
  }
}
