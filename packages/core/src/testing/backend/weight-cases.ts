import { add, Graph, gather, interpret, linear, type NDArray, type Program } from '@mokus/graph';
import type { Backend } from '../../backend.js';
import { toNDArray } from '../../numbers.js';
import { hostTensor, i32Tensor, type Tensor } from '../../tensor.js';
import type { ByteSource, StorageDType, WeightStore } from '../../weights.js';
import { requireRefusal } from '../refusal.js';
import type { BackendCase } from './backend-case.js';
import { requireClose, type Tolerances } from './compare.js';
import { linearGradientProgram, linearProgram, randomNumbers, randomTensor } from './programs.js';
import { noWeights, storeWeights } from './weight-stores.js';

/** Puts bytes where the backend can reach them in another way, such as in a file, and returns their source. */
export type PlaceBytes = (bytes: Uint8Array) => Promise<ByteSource>;

type Place = { readonly name: string; readonly place?: PlaceBytes };

export function weightCases(
  backend: Backend,
  places: Readonly<Record<string, PlaceBytes>>,
  tolerances: Tolerances,
): BackendCase[] {
  const everywhere: Place[] = [
    { name: 'memory' },
    ...Object.entries(places).map(([name, place]): Place => ({ name, place })),
  ];
  return [
    ...backend.capabilities().storage.flatMap((dtype) =>
      everywhere.flatMap(({ name, place }) =>
        // Headers of .safetensors files are padded as their writers like.
        [0, 3].map((before) => ({
          name: `weights stored as ${dtype} in ${name}, ${before === 0 ? 'from the start' : 'at an odd offset'}`,
          run: () => runStored(backend, dtype, { before, place, tolerances }),
        })),
      ),
    ),
    {
      name: 'a missing weight is refused by name',
      run: () =>
        requireRefusal('the load', 'weight', () => backend.load(noWeights, { forward: linearProgram() }), [
          'proj.weight',
        ]),
    },
    {
      name: 'a weight that is declared as integers is refused by name and type',
      run: async () => {
        const graph = new Graph();
        graph.output('y', gather(graph.weight('table', [5, 4], 'i32'), graph.input('ids', 'i32', ['n'])));
        const store = await linearStore('f32');
        await requireRefusal('the load', 'weight', () => backend.load(store, { rows: graph.build() }), [
          'table',
          'i32',
        ]);
      },
    },
    {
      name: 'a weight of another shape is refused with both shapes',
      run: async () => {
        const store = await linearStore('f32');
        const load = (): Promise<unknown> => backend.load(store, { forward: linearProgram('f32', [4, 3]) });
        await requireRefusal('the load', 'weight', load, ['proj.weight', '[3, 4]', '[4, 3]']);
      },
    },
    {
      name: 'a weight whose file ends too early is refused',
      run: () =>
        requireRefusal(
          'the load',
          'weight',
          async () => backend.load(truncated(await linearStore('f32')), { forward: linearProgram() }),
          ['proj.weight'],
        ),
    },
  ];
}

function linearStore(dtype: StorageDType, before = 0, place?: PlaceBytes): Promise<WeightStore> {
  return storeWeights(
    [
      { name: 'table', dtype, shape: [5, 4], values: randomNumbers(20, 1) },
      { name: 'proj.weight', dtype, shape: [3, 4], values: randomNumbers(12, 2) },
      { name: 'proj.bias', dtype, shape: [3], values: randomNumbers(3, 4) },
    ],
    { before, place },
  );
}

/** An embedding, a layer with bias and the gradient of the layer, on weights in one place. */
async function runStored(
  backend: Backend,
  dtype: StorageDType,
  { before, place, tolerances }: { before: number; place: PlaceBytes | undefined; tolerances: Tolerances },
): Promise<void> {
  const store = await linearStore(dtype, before, place);
  const module = await backend.load(store, { embed: embeddingProgram(), gradient: linearGradientProgram() });
  try {
    const ids = i32Tensor([2, 2], [0, 4, 2, 2]);
    await compare(module.run('embed', { ids }), embeddingProgram(), { ids }, { store, tolerances });
    const inputs = { x: randomTensor([4, 4]), target: randomTensor([4, 3], 6) };
    await compare(module.run('gradient', inputs), linearGradientProgram(), inputs, { store, tolerances });
  } finally {
    await module.dispose();
  }
}

function embeddingProgram(): Program {
  const graph = new Graph();
  const rows = gather(graph.weight('table', [5, 4]), graph.input('ids', 'i32', ['n', 'm']));
  graph.output('y', linear(add(rows, 1), graph.weight('proj.weight', [3, 4]), graph.weight('proj.bias', [3])));
  graph.output('table', graph.weight('table', [5, 4]));
  return graph.build();
}

async function compare(
  running: Promise<Record<string, Tensor>>,
  program: Program,
  inputs: Record<string, Tensor & { location: 'host' }>,
  { store, tolerances }: { store: WeightStore; tolerances: Tolerances },
): Promise<void> {
  const weights = new Map<string, NDArray>();
  for (const { name } of program.weights) weights.set(name, await readWeight(store, name));
  const expected = interpret(program, {
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toNDArray(tensor)])),
    weights: (name) => weights.get(name)!,
  });
  const got = await running;
  for (const [name, array] of Object.entries(expected)) {
    const tensor = got[name];
    requireClose(name, tensor?.location === 'host' ? tensor : undefined, array, 'f32', tolerances);
  }
}

async function readWeight(store: WeightStore, name: string): Promise<NDArray> {
  const entry = store.get(name)!;
  // A copy, so that the elements are aligned.
  const bytes = Uint8Array.from(await entry.source.read(entry.offset, entry.length));
  const data = entry.dtype === 'f32' ? new Float32Array(bytes.buffer) : new Uint16Array(bytes.buffer);
  return toNDArray(hostTensor(entry.dtype, entry.shape, data));
}

function truncated(store: WeightStore): WeightStore {
  return {
    ...store,
    get: (name) => {
      const entry = store.get(name);
      return entry && { ...entry, source: { ...entry.source, size: entry.offset + entry.length - 1 } };
    },
  };
}
