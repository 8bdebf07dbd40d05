/** What happens on the device: how often weights go there, what comes back, and what becomes of its errors. */
import {
  f32Tensor,
  type HostTensor,
  type Module,
  MokusError,
  referenceBackend,
  type Tensor,
  type WeightStore,
} from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { Graph, gelu, gradients, linear, mse, type Program } from '@mokus/graph';
import { InferenceSession } from 'onnxruntime-web/webgpu';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { WebgpuTensor } from '../src/device/tensor.js';
import { webgpuBackend } from '../src/index.js';
import { provideWebgpu } from '../src/node.js';

/** The sizes that are counted here are those of f32. */
const inF32 = { precision: 'f32' } as const;
const width = 64;
const bytesOfWeight = width * width * 4;
const timeout = 600_000;

const numbers = (size: number, seed: number): Float32Array =>
  Float32Array.from({ length: size }, (_, at) => Math.sin(seed + 12.9898 * at) / 8);

/** Two layers of [64, 64]. */
const store: WeightStore = (() => {
  const bytes = new Uint8Array(numbers(2 * width * width, 1).buffer);
  const source = { size: bytes.length, read: async (at: number, length: number) => bytes.subarray(at, at + length) };
  const names = ['first', 'second'];
  return {
    name: 'weights',
    names: () => names,
    get: (name) => {
      const offset = names.indexOf(name) * bytesOfWeight;
      return offset < 0
        ? undefined
        : { name, dtype: 'f32', shape: [width, width], source, offset, length: bytesOfWeight };
    },
  };
})();

function layers(withGradient: boolean): Program {
  const graph = new Graph();
  const x = graph.input('x', 'f32', ['n', width]);
  const first = graph.weight('first', [width, width]);
  const y = linear(gelu(linear(x, first), { approximate: 'tanh' }), graph.weight('second', [width, width]));
  graph.output('y', y);
  if (withGradient) {
    const loss = mse(y, graph.input('target', 'f32', ['n', width]));
    graph.output('gradient', gradients([{ value: loss, cotangent: graph.scalar('f32', 1) }], [x])[0]!);
  }
  return graph.build();
}

function firstLayer(): Program {
  const graph = new Graph();
  graph.output('y', linear(graph.input('x', 'f32', ['n', width]), graph.weight('first', [width, width])));
  return graph.build();
}

/** Bytes that go to the GPU, and the buffers and devices that are made, from here on. */
const seen = { toDevice: 0, toHost: 0, devices: [] as GPUDevice[], weights: [] as GPUBuffer[] };
let original: Pick<GPUDevice, 'createBuffer'> & Pick<GPUQueue, 'writeBuffer'> & Pick<GPUAdapter, 'requestDevice'>;

beforeAll(() => {
  const refused = (() => {
    try {
      return webgpuBackend();
    } catch (error) {
      return error;
    }
  })();
  expect(MokusError.isInstance(refused) && refused.code).toBe('backend');
  provideWebgpu();
  original = {
    createBuffer: GPUDevice.prototype.createBuffer,
    writeBuffer: GPUQueue.prototype.writeBuffer,
    requestDevice: GPUAdapter.prototype.requestDevice,
  };
  GPUDevice.prototype.createBuffer = function (this: GPUDevice, descriptor) {
    if (descriptor.mappedAtCreation === true) seen.toDevice += descriptor.size;
    if ((descriptor.usage & GPUBufferUsage.MAP_READ) !== 0) seen.toHost += descriptor.size;
    const buffer = original.createBuffer.call(this, descriptor);
    if (descriptor.size === bytesOfWeight && (descriptor.usage & GPUBufferUsage.COPY_DST) !== 0)
      seen.weights.push(buffer);
    return buffer;
  };
  GPUQueue.prototype.writeBuffer = function (this: GPUQueue, buffer, offset, data, ...range): undefined {
    seen.toDevice += data.byteLength;
    return original.writeBuffer.call(this, buffer, offset, data, ...range);
  };
  GPUAdapter.prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
    const device = await original.requestDevice.call(this, descriptor);
    seen.devices.push(device);
    return device;
  };
});
afterAll(() => {
  GPUDevice.prototype.createBuffer = original.createBuffer;
  GPUQueue.prototype.writeBuffer = original.writeBuffer;
  GPUAdapter.prototype.requestDevice = original.requestDevice;
});

const x = f32Tensor([3, width], numbers(3 * width, 5));
const target = f32Tensor([3, width], numbers(3 * width, 7));

async function expectRight(module: Module): Promise<void> {
  const reference = await referenceBackend().load(store, { both: layers(true) });
  const expected = await reference.run('both', { x, target });
  const got = await module.run('both', { x, target });
  for (const [name, { data }] of Object.entries(expected)) {
    const error = Math.max(...Array.from(data, (each, at) => Math.abs(each - (got[name]?.data[at] ?? Number.NaN))));
    expect(error, name).toBeLessThan(1e-6);
  }
}

/** What crosses the border while work is done. */
async function crossing(work: () => Promise<unknown>): Promise<{ toDevice: number; toHost: number }> {
  const before = { ...seen };
  await work();
  return { toDevice: seen.toDevice - before.toDevice, toHost: seen.toHost - before.toHost };
}

// Before anything is loaded: the adapter is asked for with the first load.
it('says that there is no adapter, and takes one that comes later', { timeout }, async () => {
  const asked = vi.spyOn(navigator.gpu, 'requestAdapter').mockResolvedValueOnce(null);
  onTestFinished(() => asked.mockRestore());
  const load = (): Promise<Module> => webgpuBackend(inF32).load(store, { first: firstLayer() });
  const refused = await refusalOf(load);
  expect([refused.code, refused.message]).toEqual([
    'backend',
    expect.stringMatching(/^no GPU adapter: install a Vulkan/),
  ]);
  expect(asked).toHaveBeenCalledTimes(1);
  await (await load()).dispose();
});

it('uploads weights once, for programs that are added too, and none in a step', { timeout }, async () => {
  const module = await webgpuBackend(inF32).load(store, { forward: layers(false) });
  const added = await crossing(() => module.add({ both: layers(true) }));
  await expectRight(module);
  const step = await crossing(async () => {
    for (let at = 0; at < 3; at++) await module.run('forward', { x });
  });
  // Three inputs of 768 bytes and the sizes that kernels read; a weight has 16384.
  expect(added.toDevice).toBeLessThan(bytesOfWeight);
  expect(step.toDevice).toBeGreaterThanOrEqual(3 * x.data.byteLength);
  expect(step.toDevice).toBeLessThan(bytesOfWeight / 2);
  expect(step.toHost).toBe(3 * x.data.byteLength);
  await module.dispose();
});

it('opens one device for backends of every precision, each weight of a component once on it', { timeout }, async () => {
  const text = await webgpuBackend(inF32).load(store, { first: firstLayer() });
  const devices = seen.devices.length;
  let other: Module | undefined;
  const loading = await crossing(async () => {
    other = await webgpuBackend().load(store, { first: firstLayer() });
  });
  // Half of it where the adapter has f16.
  expect(loading.toDevice).toBeGreaterThanOrEqual(bytesOfWeight / 2);
  expect(loading.toDevice).toBeLessThan(1.5 * bytesOfWeight);
  const runs = await crossing(() => Promise.all([text, other!].map((module) => module.run('first', { x }))));
  expect(runs.toDevice).toBeLessThan(bytesOfWeight / 2);
  expect(seen.devices.length).toBe(devices);
  await Promise.all([text.dispose(), other?.dispose()]);
});

it('frees the session of a program that another takes the name of', { timeout }, async () => {
  const create = InferenceSession.create.bind(InferenceSession);
  const released: string[] = [];
  const spy = vi.spyOn(InferenceSession, 'create').mockImplementation(async (...given: Parameters<typeof create>) => {
    const session = await create(...given);
    const release = session.release.bind(session);
    session.release = () => {
      released.push(session.outputNames.join());
      return release();
    };
    return session;
  });
  onTestFinished(() => spy.mockRestore());
  const module = await webgpuBackend(inF32).load(store, { program: layers(false) });
  await module.add({ program: layers(true) });
  expect(released).toHaveLength(1);
  await module.run('program', { x, target });
  await module.dispose();
  expect(released).toHaveLength(2);
});

it('leaves no weight on the device that was brought for programs which fail to load', { timeout }, async () => {
  const freed = new Set<GPUBuffer>();
  const { destroy } = GPUBuffer.prototype;
  GPUBuffer.prototype.destroy = function (this: GPUBuffer): undefined {
    freed.add(this);
    return destroy.call(this);
  };
  onTestFinished(() => {
    GPUBuffer.prototype.destroy = destroy;
  });
  const left = (): GPUBuffer[] => seen.weights.filter((buffer) => !freed.has(buffer));
  seen.weights = [];
  const unreadable: WeightStore = {
    ...store,
    get: (name) => {
      const entry = store.get(name);
      const read = (): Promise<never> => Promise.reject(new Error('it cannot be read'));
      return entry && name === 'second' ? { ...entry, source: { ...entry.source, read } } : entry;
    },
  };
  const unread = webgpuBackend(inF32).load(unreadable, { forward: layers(false) });
  expect((await refusalOf(() => unread)).message).toMatch(/cannot be read/);
  expect([seen.weights.length, left()]).toEqual([2, []]);

  const module = await webgpuBackend(inF32).load(store, { first: firstLayer() });
  const create = vi.spyOn(InferenceSession, 'create').mockRejectedValueOnce(new Error('no session'));
  onTestFinished(() => create.mockRestore());
  expect((await refusalOf(() => module.add({ forward: layers(false) }))).message).toMatch(/no session/);
  expect(left()).toHaveLength(1);
  const { y } = await module.run('first', { x });
  expect(y?.shape).toEqual([3, width]);
  await module.dispose();
  expect(left()).toEqual([]);
});

it('leaves results on the device and takes them from there', { timeout }, async () => {
  const module = await webgpuBackend(inF32).load(store, { forward: layers(false) });
  const onHost = await module.run('forward', { x: (await module.run('forward', { x })).y as HostTensor });
  let y: HostTensor | undefined;
  const moved = await crossing(async () => {
    const first = await module.runOnDevice!('forward', { x });
    const second = await module.runOnDevice!('forward', { x: first.y! });
    const result = second.y!;
    expect([result.location, result.shape]).toEqual(['device', [3, width]]);
    if (result.location === 'device') y = await result.read();
    for (const each of [first.y!, result]) if (each.location === 'device') each.dispose();
  });
  expect(moved.toHost).toBe(x.data.byteLength);
  expect(y?.data).toEqual(onHost.y?.data);
  await module.dispose();
});

it('uploads what is placed once, whatever runs on it, until it is disposed', { timeout }, async () => {
  const module = await webgpuBackend(inF32).load(store, { forward: layers(false) });
  const rows = 512;
  const large = f32Tensor([rows, width], numbers(rows * width, 9));
  const expected = (await module.run('forward', { x: large })).y?.data;
  const run = async (given: Tensor): Promise<void> => {
    const { y } = await module.run('forward', { x: given });
    expect(y?.data).toEqual(expected);
  };
  let placed: Tensor | undefined;
  const placing = await crossing(async () => {
    placed = (await module.place!({ x: large })).x;
  });
  const three = await crossing(async () => {
    for (let at = 0; at < 3; at++) await run(placed!);
  });
  const fed = await crossing(() => run(large));
  expect(placing.toDevice).toBe(large.data.byteLength);
  // The sizes that kernels read.
  expect(three.toDevice).toBeLessThan(large.data.byteLength / 16);
  expect(fed.toDevice).toBeGreaterThanOrEqual(large.data.byteLength);
  if (placed?.location !== 'device') throw new Error('it was not placed');
  expect((await placed.read()).data).toEqual(large.data);
  placed.dispose();
  expect((await refusalOf(() => run(placed!))).code).toBe('disposed');
  await module.dispose();
});

it('rejects the call of a GPU error, and the next call is right', { timeout }, async () => {
  const module = await webgpuBackend(inF32).load(store, { both: layers(true) });
  seen.weights.at(-1)?.destroy();
  const refused = await refusalOf(() => module.run('both', { x, target }));
  expect([refused.code, refused.message]).toEqual([
    'backend',
    expect.stringMatching(/program "both".*used in submit while destroyed/),
  ]);
  await module.release();
  await expectRight(module);
  await module.dispose();
});

it('rejects a read of what the GPU cannot give, and never reads zeros', { timeout }, async () => {
  const module = await webgpuBackend(inF32).load(store, { forward: layers(false) });
  const { y } = await module.runOnDevice!('forward', { x });
  if (!(y instanceof WebgpuTensor)) throw new Error('it came to the host');
  y.tensor.gpuBuffer.destroy();
  const refused = await refusalOf(() => y.read());
  expect([refused.code, refused.message]).toEqual([
    'backend',
    expect.stringMatching(/reading weights: program "forward": output "y".*used in submit while destroyed/),
  ]);
  await module.dispose();
});

it('says that the device was lost, and comes back on another one', { timeout }, async () => {
  const [lost, other] = [
    await webgpuBackend(inF32).load(store, { both: layers(true) }),
    await webgpuBackend(inF32).load(store, { both: layers(true) }),
  ];
  const devices = seen.devices.length;
  seen.devices.at(-1)?.destroy();
  const refused = await refusalOf(() => lost.run('both', { x, target }));
  expect([refused.code, refused.message]).toEqual(['device-lost', expect.stringMatching(/destroyed/)]);
  await expectRight(lost);
  await expectRight(other);
  expect(seen.devices.length).toBe(devices + 1);
  await Promise.all([lost.dispose(), other.dispose()]);
});

/** Destroys the open device when the work next gives the GPU something to do. */
function loseInNextSubmission(): void {
  const device = seen.devices.at(-1)!;
  const submit = vi.spyOn(device.queue, 'submit').mockImplementationOnce((commands) => {
    submit.mockRestore();
    device.queue.submit(commands);
    device.destroy();
    return undefined;
  });
}

it.each([
  ['when a call was made', () => seen.devices.at(-1)?.destroy()],
  ['while the GPU works for a call', loseInNextSubmission],
])('says that the device was lost %s, and comes back on another one', { timeout }, async (_, lose) => {
  const module = await webgpuBackend(inF32).load(store, { first: firstLayer() });
  const run = async (): Promise<HostTensor | undefined> => (await module.run('first', { x })).y;
  const expected = await run();
  const { y } = await module.runOnDevice!('first', { x });
  if (y?.location !== 'device') throw new Error('it came to the host');
  for (const call of [() => y.read(), run]) {
    const devices = seen.devices.length;
    const refusal = refusalOf(call);
    lose();
    const { code, message } = await refusal;
    expect([code, message]).toEqual(['device-lost', expect.stringMatching(/program "first".*destroyed/)]);
    expect(await run()).toEqual(expected);
    expect(seen.devices.length).toBe(devices + 1);
  }
  await module.dispose();
});

it('refuses a tensor that cannot be bound, with both sizes, before it reads it', { timeout }, async () => {
  const shape = [2 ** 16, 2 ** 14];
  const length = 2 ** 32;
  const read = (): never => {
    throw new Error('was read');
  };
  const huge: WeightStore = {
    name: 'huge',
    names: () => ['w'],
    get: (name) => ({ name, dtype: 'f32', shape, source: { size: length, read }, offset: 0, length }),
  };
  const graph = new Graph();
  graph.output('y', linear(graph.input('x', 'f32', ['n', shape[1]!]), graph.weight('w', shape)));
  const refused = await refusalOf(() => webgpuBackend(inF32).load(huge, { forward: graph.build() }));
  const limit = seen.devices.at(-1)?.limits.maxStorageBufferBindingSize;
  expect([refused.code, refused.message]).toEqual([
    'unsupported',
    expect.stringMatching(new RegExp(`"w".*${length} bytes.*${limit} bytes`)),
  ]);
});

it('refuses a node that would run on the CPU, by name, unless it is allowed', { timeout }, async () => {
  // A bool that is passed through: ONNX's Identity has no kernel for it on WebGPU.
  const graph = new Graph();
  graph.output('y', graph.input('x', 'bool', ['n']));
  const programs = { pass: graph.build() };
  const refused = await refusalOf(() => webgpuBackend(inF32).load(store, programs));
  expect([refused.code, refused.message]).toEqual([
    'unsupported',
    expect.stringMatching(/"pass".*"pass\/output\/Identity.*bool/),
  ]);
  const module = await webgpuBackend({ ...inF32, allowCpu: true }).load(store, programs);
  const given: HostTensor = { location: 'host', dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) };
  expect((await module.run('pass', { x: given })).y?.data).toEqual(given.data);
  await module.dispose();
});
