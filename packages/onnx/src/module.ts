import {
  type HostTensor,
  hostOf,
  hostTensor,
  type LoadOptions,
  type Module,
  MokusError,
  type RunProgramOptions,
  type Tensor,
  throwIfCancelled,
  type WeightStore,
  zerosTensor,
} from '@mokus/core';
import { type DType, elementCount, type Program, type TensorSpec } from '@mokus/graph';
import type { Tensor as OrtTensor, TensorConstructor } from 'onnxruntime-common';
import { backendError } from './backend-error.js';
import { type LoweredComponent, lower } from './lower.js';
import { ModuleCalls } from './module-calls.js';
import type { OnnxRuntime, OnnxSession } from './runtime.js';
import { fromOrt, toOrt } from './tensors.js';

/** A component's programs in one onnxruntime session. */
export class OnnxModule implements Module {
  readonly #runtime: OnnxRuntime;
  readonly #store: WeightStore;
  readonly #component: string;
  readonly #calls: ModuleCalls<{ readonly program: Program }>;
  /** Undefined when released, and after a load that failed. */
  #loaded: Loaded | undefined;

  private constructor(runtime: OnnxRuntime, store: WeightStore, component: string) {
    this.#runtime = runtime;
    this.#store = store;
    this.#component = component;
    this.#calls = new ModuleCalls(component);
  }

  static async load(
    runtime: OnnxRuntime,
    store: WeightStore,
    programs: Readonly<Record<string, Program>>,
    options: LoadOptions = {},
  ): Promise<OnnxModule> {
    const module = new OnnxModule(runtime, store, options.component ?? store.name);
    await module.add(programs, options);
    return module;
  }

  get programs(): readonly string[] {
    return [...this.#calls.programs.keys()];
  }

  run(
    program: string,
    inputs: Readonly<Record<string, Tensor>>,
    { signal }: RunProgramOptions = {},
  ): Promise<Record<string, HostTensor>> {
    const load = async (): Promise<Loaded> => {
      this.#loaded ??= await this.#load(await this.#lower(this.#definitions()));
      return this.#loaded;
    };
    return this.#calls.run({ program, inputs, signal }, load, (loaded, ready, what) =>
      loaded.run(program, ready.program, inputs, what),
    );
  }

  add(programs: Readonly<Record<string, Program>>, { signal }: LoadOptions = {}): Promise<void> {
    return this.#calls.add(signal, async (what) => {
      const all = { ...this.#definitions(), ...programs };
      const lowered = await this.#lower(all);
      throwIfCancelled(signal, what);
      // Before the next session is made: the weights are never held twice. Should that fail, the programs of before are
      // loaded again by their next run.
      await this.#unload();
      const next = await this.#load(lowered);
      if (signal?.aborted === true) await next.release();
      throwIfCancelled(signal, what);
      this.#loaded = next;
      return new Map(Object.entries(all).map(([name, program]) => [name, { program }]));
    });
  }

  release(): Promise<void> {
    return this.#calls.inTurn(() => this.#unload());
  }

  dispose(): Promise<void> {
    return this.#calls.dispose(() => this.#unload());
  }

  #definitions(): Record<string, Program> {
    return Object.fromEntries([...this.#calls.programs].map(([name, { program }]) => [name, program]));
  }

  /** What can be refused is refused here, before anything is freed. */
  #lower(programs: Readonly<Record<string, Program>>): Promise<LoweredComponent> {
    return lower(programs, this.#store, this.#runtime);
  }

  async #load(lowered: LoweredComponent): Promise<Loaded> {
    try {
      return await Loaded.create(this.#runtime, lowered, this.#component);
    } catch (cause) {
      throw backendError(this.#runtime.backend, `loading ${this.#component}`, cause);
    }
  }

  async #unload(): Promise<void> {
    const loaded = this.#loaded;
    this.#loaded = undefined;
    await loaded?.release();
  }
}

type CallableComponent = Pick<LoweredComponent, 'selector' | 'inputs' | 'programs'>;

/** A session with what is needed to call it. */
class Loaded {
  readonly #runtime: OnnxRuntime;
  readonly #session: OnnxSession;
  /** Without model and weights, which the session has its own copies of. */
  readonly #component: CallableComponent;
  /** For the inputs of the programs that are not running. */
  readonly #unused: ReadonlyMap<string, OrtTensor>;

  private constructor(runtime: OnnxRuntime, session: OnnxSession, component: CallableComponent) {
    this.#runtime = runtime;
    this.#session = session;
    this.#component = component;
    this.#unused = unusedInputs(runtime.Tensor, component.inputs);
  }

  static async create(runtime: OnnxRuntime, lowered: LoweredComponent, component: string): Promise<Loaded> {
    const { model, weights, selector, inputs, programs } = lowered;
    return new Loaded(runtime, await runtime.createSession(model, weights, component), { selector, inputs, programs });
  }

  async run(
    name: string,
    program: Program,
    inputs: Readonly<Record<string, Tensor>>,
    what: string,
  ): Promise<Record<string, HostTensor>> {
    const { selector, programs } = this.#component;
    const names = programs.get(name);
    if (names === undefined)
      throw new MokusError('backend', `${what} has no branch in the model that is loaded; load the component again`);
    const feeds: Record<string, OrtTensor> = Object.fromEntries(this.#unused);
    feeds[selector] = new this.#runtime.Tensor('int32', Int32Array.of(names.index), []);
    for (const [input, fed] of names.inputs) {
      feeds[fed] = toOrt(this.#runtime.Tensor, await hostOf(inputs[input] as Tensor));
    }
    let results: Awaited<ReturnType<OnnxSession['run']>>;
    try {
      results = await this.#session.run(feeds, [...names.outputs.values()]);
    } catch (cause) {
      throw backendError(this.#runtime.backend, what, cause);
    }
    const outputs: Record<string, HostTensor> = {};
    for (const { name: output, dtype } of program.outputs) {
      const result = results[names.outputs.get(output) as string] as OrtTensor;
      outputs[output] = await fromOrt(result, dtype, `${what}: output "${output}"`);
    }
    return outputs;
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** Small tensors for inputs that no running program reads; those of a dtype share their zeros. */
function unusedInputs(Tensor: TensorConstructor, inputs: readonly TensorSpec[]): Map<string, OrtTensor> {
  const shapes = inputs.map(({ shape }) => shape.map((each) => (typeof each === 'number' ? each : 1)));
  const sizes = shapes.map(elementCount);
  const zerosOf = (dtype: DType): HostTensor => {
    const largest = Math.max(...sizes.filter((_, index) => inputs[index]?.dtype === dtype));
    return zerosTensor(dtype, [largest]);
  };
  const zeros = new Map([...new Set(inputs.map((each) => each.dtype))].map((dtype) => [dtype, zerosOf(dtype)]));
  return new Map(
    inputs.map(({ name, dtype }, index) => {
      const data = zeros.get(dtype)?.data.subarray(0, sizes[index]) as HostTensor['data'];
      return [name, toOrt(Tensor, hostTensor(dtype, shapes[index] as number[], data))];
    }),
  );
}
