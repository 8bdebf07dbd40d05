import { type DType, Graph, multiply, type Operation, type Program, reduceMean, reduceSum } from '@mokus/graph';
import type { Backend, Module } from '../../backend.js';
import { boolTensor, disposeTensors, f32Tensor, type HostTensor, hostOf, i32Tensor } from '../../tensor.js';
import { relativeError } from '../expectations.js';
import { requireRefusal } from '../refusal.js';
import type { BackendCase } from './backend-case.js';
import { requireClose, tolerancesIn } from './compare.js';
import { linearProgram, randomTensor } from './programs.js';
import { noWeights } from './weight-stores.js';

/** What every backend promises besides right numbers. */
export function contractCases(backend: Backend, precision: DType): BackendCase[] {
  const requireScaled = (result: Record<string, HostTensor>, x: HostTensor, factor: number): void => {
    const data = Float64Array.from(x.data, (each) => each * factor);
    requireClose('y', result.y, { shape: x.shape, data }, 'f32', tolerancesIn(precision));
  };
  const scaling = { double: scale(2), triple: scale(3) };
  const x = randomTensor([3, 4]);
  const withScaling = (work: (module: Module) => Promise<unknown>) => async (): Promise<void> => {
    const module = await backend.load(noWeights, scaling);
    try {
      await work(module);
    } finally {
      await module.dispose();
    }
  };
  const refusedInput = (mentions: readonly string[], inputs: Record<string, HostTensor>): (() => Promise<void>) =>
    withScaling((module) => requireRefusal('the run', 'input', () => module.run('double', inputs), mentions));

  return [
    {
      name: 'a million times 0.1 in f32',
      run: () => longReduction(backend),
    },
    {
      name: 'two programs in one module',
      run: withScaling(async (module) => {
        requireScaled(await module.run('double', { x }), x, 2);
        requireScaled(await module.run('triple', { x }), x, 3);
        requireScaled(await module.run('double', { x: randomTensor([1, 4]) }), randomTensor([1, 4]), 2);
      }),
    },
    {
      name: 'add makes programs available and keeps the others',
      run: withScaling(async (module) => {
        await requireRefusal('the run', 'input', () => module.run('fourfold', { x }), ['fourfold']);
        await module.add({ fourfold: scale(4) });
        requireScaled(await module.run('fourfold', { x }), x, 4);
        requireScaled(await module.run('double', { x }), x, 2);
        if (module.programs.join() !== 'double,triple,fourfold') throw new Error(`programs are ${module.programs}`);
      }),
    },
    {
      name: 'an add that is refused leaves the module as it was',
      run: withScaling(async (module) => {
        await requireRefusal('the add', 'weight', () => module.add({ forward: linearProgram() }), ['proj.weight']);
        requireScaled(await module.run('triple', { x }), x, 3);
        if (module.programs.join() !== 'double,triple') throw new Error(`programs are ${module.programs}`);
      }),
    },
    {
      name: 'concurrent runs and an add among them',
      run: withScaling(async (module) => {
        const tensors = Array.from({ length: 8 }, (_, seed) => randomTensor([1 + (seed % 3), 4], seed));
        const running = tensors.map((tensor, at) => module.run(at % 2 === 0 ? 'double' : 'triple', { x: tensor }));
        running.splice(
          4,
          0,
          module.add({ fourfold: scale(4) }).then(() => module.run('fourfold', { x })),
        );
        const results = await Promise.all(running);
        requireScaled(results.splice(4, 1)[0]!, x, 4);
        results.forEach((result, at) => {
          requireScaled(result, tensors[at]!, at % 2 === 0 ? 2 : 3);
        });
      }),
    },
    {
      name: 'placed tensors are fed and read as what they were placed from, where the backend places them',
      run: withScaling(async (module) => {
        const given = {
          x,
          empty: randomTensor([0, 4]),
          ids: i32Tensor([3], [1, 2, 3]),
          mask: boolTensor([2], [true, false]),
        };
        const placed = await module.place?.(given);
        for (const [name, tensor] of Object.entries(placed ?? {})) {
          const { dtype, shape, data } = given[name as keyof typeof given];
          requireClose(name, await hostOf(tensor), { shape, data: Float64Array.from(data) }, dtype);
        }
        const fed = placed?.x;
        for (const at of [1, 2]) {
          if (fed !== undefined) requireScaled(await module.run(at === 1 ? 'double' : 'triple', { x: fed }), x, 1 + at);
        }
        disposeTensors(Object.values(placed ?? {}));
      }),
    },
    {
      name: 'results stay when the module runs again or is disposed',
      run: async () => {
        const module = await backend.load(noWeights, scaling);
        const first = await module.run('double', { x });
        await module.run('double', { x: randomTensor([3, 4], 9) });
        await module.dispose();
        requireScaled(first, x, 2);
      },
    },
    {
      name: 'programs and inputs may have any name',
      run: () => anyName(backend, requireScaled),
    },
    {
      name: 'outputs that are inputs, constants, or twice the same value',
      run: () => passedThrough(backend, requireScaled),
    },
    {
      name: 'a module that was released runs and adds as before',
      run: withScaling(async (module) => {
        await module.release();
        requireScaled(await module.run('double', { x }), x, 2);
        const running = module.run('triple', { x });
        await Promise.all([module.release(), module.release()]);
        requireScaled(await running, x, 3);
        await module.add({ fourfold: scale(4) });
        requireScaled(await module.run('fourfold', { x }), x, 4);
        requireScaled(await module.run('double', { x }), x, 2);
      }),
    },
    {
      name: 'use after dispose is refused',
      run: async () => {
        const module = await backend.load(noWeights, scaling);
        await module.dispose();
        await module.dispose();
        await requireRefusal('a run', 'disposed', () => module.run('double', { x }));
        await requireRefusal('an add', 'disposed', () => module.add({ fourfold: scale(4) }));
        await requireRefusal('a release', 'disposed', () => module.release());
      },
    },
    { name: 'a missing input is refused', run: refusedInput(['"x"', 'missing'], {}) },
    { name: 'an unknown input is refused', run: refusedInput(['"z"'], { x, z: x }) },
    {
      name: 'an input of another dtype is refused',
      run: refusedInput(['"x"', 'i32', 'f32'], { x: i32Tensor([1, 4], [1, 2, 3, 4]) }),
    },
    {
      name: 'an input of another rank is refused',
      run: refusedInput(['"x"', '[4]', '[n, 4]'], { x: randomTensor([4]) }),
    },
    {
      name: 'an input of another length is refused',
      run: refusedInput(['"x"', '[3, 5]', '[n, 4]'], { x: randomTensor([3, 5]) }),
    },
    {
      name: 'symbols that disagree are refused',
      run: async () => {
        const graph = new Graph();
        graph.output('y', multiply(graph.input('a', 'f32', ['n']), graph.input('b', 'f32', ['n'])));
        const module = await backend.load(noWeights, { product: graph.build() });
        const inputs = { a: randomTensor([3]), b: randomTensor([1]) };
        await requireRefusal('the run', 'input', () => module.run('product', inputs), ['"b"', '[1]', '[3]']);
        await module.dispose();
      },
    },
    {
      name: 'a cancelled run and a cancelled load are refused',
      run: withScaling(async (module) => {
        const options = { signal: AbortSignal.abort() };
        await requireRefusal('the run', 'cancelled', () => module.run('double', { x }, options));
        await requireRefusal('the add', 'cancelled', () => module.add({ fourfold: scale(4) }, options));
        await requireRefusal('the load', 'cancelled', () => backend.load(noWeights, scaling, options));
        requireScaled(await module.run('double', { x }), x, 2);
      }),
    },
    ...(['f32', 'f16', 'bf16'] as const)
      .filter((dtype) => !backend.capabilities().compute.includes(dtype))
      .map((dtype) => ({
        name: `programs in ${dtype}, which the backend does not claim, are refused`,
        run: () =>
          requireRefusal('the load', 'unsupported', () => backend.load(noWeights, { double: scale(2, dtype) }), [
            dtype,
            backend.name,
          ]),
      })),
    {
      name: 'an operation of a third party runs through its decomposition',
      run: async () => {
        const module = await backend.load(noWeights, { custom: customProgram(customOperation) });
        requireScaled(await module.run('custom', { x }), x, 2);
        await module.dispose();
      },
    },
    {
      name: 'an operation without a decomposition runs or is refused by name',
      run: async () => {
        const { decompose: _, ...opaque } = customOperation;
        const load = (): Promise<Module> => backend.load(noWeights, { custom: customProgram(opaque) });
        const module = await load().catch(() => undefined);
        if (module === undefined) {
          return requireRefusal('the load', 'unsupported', load, [opaque.name, precision, backend.name]);
        }
        requireScaled(await module.run('custom', { x }), x, 2);
        await module.dispose();
      },
    },
  ];
}

/** y = factor x, x [n, 4]. */
function scale(factor: number, dtype: DType = 'f32'): Program {
  const graph = new Graph();
  graph.output('y', multiply(graph.input('x', dtype, ['n', 4]), factor));
  return graph.build();
}

/**
 * A running f32 sum of a million times 0.1 is off by 1 %; one that adds in blocks is not. Equal numbers are the worst
 * case, because every rounding goes the same way. Measured: onnxruntime's CPU provider, in blocks of 1024, 1.5e-6.
 */
const longReductionTolerance = 3e-6;

async function longReduction(backend: Backend): Promise<void> {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n']);
  graph.output('sum', reduceSum(x));
  graph.output('mean', reduceMean(x));
  const module = await backend.load(noWeights, { reduce: graph.build() });
  const count = 1_000_000;
  const got = await module.run('reduce', { x: f32Tensor([count], new Float32Array(count).fill(0.1)) });
  await module.dispose();
  const each = Math.fround(0.1);
  for (const [name, expected] of [
    ['sum', each * count],
    ['mean', each],
  ] as const) {
    const error = relativeError(got[name]?.data ?? [], [expected]);
    if (!(error <= longReductionTolerance)) {
      throw new Error(`the ${name} of ${count} times 0.1 is off by ${error}, allowed ${longReductionTolerance}`);
    }
  }
}

/** Names that a backend may have for things of its own. */
async function anyName(
  backend: Backend,
  requireScaled: (result: Record<string, HostTensor>, x: HostTensor, factor: number) => void,
): Promise<void> {
  const names = ['program', 'input', 'output', 'weight', 'a b/0'];
  const programs = names.map((name): [string, Program] => {
    const graph = new Graph();
    const doubled = multiply(graph.input('0', 'f32', ['n', 4]), 2);
    graph.output('y', multiply(doubled, graph.input(name, 'f32', ['n', 4])));
    return [name, graph.build()];
  });
  const module = await backend.load(noWeights, Object.fromEntries(programs));
  const x = randomTensor([2, 4]);
  const ones = f32Tensor([2, 4], new Float32Array(8).fill(1));
  for (const name of names) requireScaled(await module.run(name, { 0: x, [name]: ones }), x, 2);
  await module.dispose();
}

async function passedThrough(
  backend: Backend,
  requireScaled: (result: Record<string, HostTensor>, x: HostTensor, factor: number) => void,
): Promise<void> {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', 4]);
  const doubled = multiply(x, 2);
  graph.output('x', x);
  graph.output('y', doubled);
  graph.output('again', doubled);
  graph.output('constant', graph.constant('i32', [2], [5, 7]));
  const module = await backend.load(noWeights, { pass: graph.build() });
  const given = randomTensor([2, 4]);
  const got = await module.run('pass', { x: given });
  await module.dispose();
  requireScaled({ y: got.x! }, given, 1);
  requireScaled({ y: got.y! }, given, 2);
  requireScaled({ y: got.again! }, given, 2);
  requireClose('constant', got.constant, { shape: [2], data: Float64Array.of(5, 7) }, 'i32');
}

const customOperation: Operation<Record<string, never>> = {
  name: 'example.double',
  infer: ([x]) => x!,
  evaluate: ([x]) => x!.data.map((each) => 2 * each),
  decompose: ([x]) => multiply(x!, 2),
};

function customProgram(operation: Operation<Record<string, never>>): Program {
  const graph = new Graph();
  graph.output('y', graph.apply(operation, [graph.input('x', 'f32', ['n', 4])], {}));
  return graph.build();
}
