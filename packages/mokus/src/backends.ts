import { cpuBackend } from '@mokus/backend-cpu';
import { type Backend, MokusError } from '@mokus/core';

/** What programs may be computed in. */
export const computeDTypes = ['f32', 'f16', 'bf16'] as const;
export type ComputeDType = (typeof computeDTypes)[number];

export interface OpenBackendOptions {
  /** Default: 'f32'. */
  readonly dtype?: ComputeDType | undefined;
}

/**
 * Opens a backend: loads what it needs, and refuses with what is missing and how to mend it, or a dtype that it does not
 * compute in.
 */
export type BackendOpener = (options: OpenBackendOptions) => Promise<Backend> | Backend;

/** Backends by the name that `fromPretrained`'s `device` and `--device` take. A third party adds its own. */
export type BackendOpeners = Map<string, BackendOpener>;

/** Components that can run on devices of their own. */
export const deviceComponents = ['textEncoder', 'dit', 'imageCodec'] as const;
export type DeviceComponent = (typeof deviceComponents)[number];

/** A name in the `BackendRegistry`, such as `'cpu'`, `'webgpu'` or `'cuda'`, or a backend. */
export type Device = string | Backend;

/** One device for all components, or one for each; a component without one runs on what the container binds. */
export type DeviceChoice = Device | Readonly<Partial<Record<DeviceComponent, Device>>>;

/** The backends that Mokus has. Packages with large runtimes are imported when they are asked for. */
export function createBackendRegistry(): BackendOpeners {
  return new Map<string, BackendOpener>([
    ['cpu', (options) => inF32('cpu', options, cpuBackend)],
    ['webgpu', (options) => inF32('webgpu', options, openWebgpu)],
    ['cuda', async ({ dtype }) => (await import('@mokus/backend-cuda')).cudaBackend({ precision: dtype })],
  ]);
}

/** Throws MokusError `unsupported` for another dtype. */
function inF32<Opened>(device: string, { dtype = 'f32' }: OpenBackendOptions, open: () => Opened): Opened {
  if (dtype === 'f32') return open();
  const message = `device ${device} computes in f32; checkpoints in ${dtype} are converted to it as they load, so leave dtype out`;
  throw new MokusError('unsupported', message, { field: 'dtype', backend: device });
}

async function openWebgpu(): Promise<Backend> {
  const { webgpuBackend } = await import('@mokus/backend-webgpu');
  if (!('gpu' in ((globalThis as { navigator?: object }).navigator ?? {}))) {
    const { provideWebgpu } = await importing('webgpu', () => import('@mokus/backend-webgpu/node'));
    provideWebgpu();
  }
  return webgpuBackend();
}

/** Throws MokusError `backend` naming a package that is not installed, with the command that mends it. */
async function importing<Module>(needs: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const message = `this device needs the package ${needs}, which is not installed: npm install ${needs}`;
    throw new MokusError('backend', message, { field: 'device', cause });
  }
}

/**
 * Opens the backends of a choice, each once. Throws MokusError `input` for a device or component that is unknown, and what
 * opening throws.
 */
export async function openBackends(
  choice: DeviceChoice,
  registry: BackendOpeners,
  options: OpenBackendOptions = {},
): Promise<Readonly<Partial<Record<DeviceComponent, Backend>>>> {
  const opened = new Map<string, Backend>();
  const open = async (device: Device): Promise<Backend> => {
    if (typeof device !== 'string') return device;
    const known = opened.get(device);
    if (known !== undefined) return known;
    const opener = registry.get(device);
    if (opener === undefined) throw unknownName('device', device, registry.keys());
    const backend = await opener(options);
    opened.set(device, backend);
    return backend;
  };
  if (typeof choice === 'string' || isBackend(choice)) {
    const backend = await open(choice);
    return Object.fromEntries(deviceComponents.map((component) => [component, backend]));
  }
  const backends: Partial<Record<DeviceComponent, Backend>> = {};
  for (const [component, device] of Object.entries(choice)) {
    if (!isComponent(component)) throw unknownName('component of device', component, deviceComponents);
    if (device !== undefined) backends[component] = await open(device);
  }
  return backends;
}

function unknownName(what: string, name: string, known: Iterable<string>): MokusError {
  const message = `'${name.slice(0, 100)}' is no ${what} here; known are ${[...known].join(', ')}`;
  return new MokusError('input', message, { field: 'device' });
}

function isBackend(choice: Exclude<DeviceChoice, string>): choice is Backend {
  return typeof (choice as Partial<Backend>).load === 'function';
}

function isComponent(name: string): name is DeviceComponent {
  return (deviceComponents as readonly string[]).includes(name);
}
