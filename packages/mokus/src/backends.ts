import { cpuBackend } from '@mokus/backend-cpu';
import { type Backend, MokusError } from '@mokus/core';

/** What programs may be computed in. */
export const computeDTypes = ['f32', 'f16', 'bf16'] as const;
export type ComputeDType = (typeof computeDTypes)[number];

export interface OpenBackendOptions {
  /** Default: the backend's own. */
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

/** A name in the `BackendRegistry`, such as `'cpu'`, `'webgpu'`, `'webgpu-native'` (the provider of onnxruntime-node) or `'cuda'`, or a backend. */
export type Device = string | Backend;

type ForEach<Choice> = Readonly<Partial<Record<DeviceComponent, Choice>>>;

/** One device for all components, or one for each; a component without one runs on what the container binds. */
export type DeviceChoice = Device | ForEach<Device>;

/** One dtype for all components, or one for each; a component without one computes in its device's default. */
export type DTypeChoice = ComputeDType | ForEach<ComputeDType>;

/**
 * What a device computes a component in when nothing is said, where that is not the backend's own default. Edits are made
 * of a text encoder's activations and gradients: in f16 UltraEdit's deltas were measured to differ by half (README of
 * backend-webgpu).
 */
const defaultDTypes: Readonly<Record<string, ForEach<ComputeDType>>> = { webgpu: { textEncoder: 'f32' } };

/** The backends that Mokus has. Packages with large runtimes are imported when they are asked for. */
export function createBackendRegistry(): BackendOpeners {
  return new Map<string, BackendOpener>([
    [
      'cpu',
      ({ dtype }) => {
        knownDType('cpu', dtype, ['f32']);
        return cpuBackend();
      },
    ],
    ['webgpu', ({ dtype }) => openWebgpu(knownDType('webgpu', dtype, ['f32', 'f16']))],
    [
      'webgpu-native',
      async ({ dtype }) => {
        knownDType('webgpu-native', dtype, ['f32']);
        return (await import('@mokus/backend-webgpu/native')).nativeWebgpuBackend();
      },
    ],
    ['cuda', async ({ dtype }) => (await import('@mokus/backend-cuda')).cudaBackend({ precision: dtype })],
  ]);
}

/** Throws MokusError `unsupported` for a dtype that is not among these. */
function knownDType<Known extends ComputeDType>(
  device: string,
  dtype: ComputeDType | undefined,
  known: readonly Known[],
): Known | undefined {
  const found = known.find((each) => each === dtype);
  if (dtype === undefined || found !== undefined) return found;
  const message = `device ${device} computes in ${known.join(' or ')}; checkpoints in ${dtype} are converted as they load, so leave dtype out`;
  throw new MokusError('unsupported', message, { field: 'dtype', backend: device });
}

async function openWebgpu(precision: 'f32' | 'f16' | undefined): Promise<Backend> {
  const { webgpuBackend } = await import('@mokus/backend-webgpu');
  if (!('gpu' in ((globalThis as { navigator?: object }).navigator ?? {}))) {
    const { provideWebgpu } = await importing('webgpu', () => import('@mokus/backend-webgpu/node'));
    provideWebgpu();
  }
  return webgpuBackend({ precision });
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

/** What components run on and compute in. */
export interface BackendChoice {
  readonly device?: DeviceChoice | undefined;
  readonly dtype?: DTypeChoice | undefined;
}

/**
 * Opens the backends of a choice: each device once for each dtype. A component of which only the dtype is said runs on the
 * CPU. Throws MokusError `input` for a device, dtype or component that is unknown, and for the dtype of a backend that is
 * no name; and what opening throws.
 */
export async function openBackends(
  { device, dtype }: BackendChoice,
  registry: BackendOpeners,
): Promise<ForEach<Backend>> {
  const devices = forEach('device', device, (each): each is Device => typeof each === 'string' || isBackend(each));
  const dtypes = forEach('dtype', dtype, (each): each is ComputeDType => typeof each === 'string');
  const opened = new Map<string, Backend>();
  const open = async (name: string, asked: ComputeDType | undefined): Promise<Backend> => {
    const key = `${name} ${asked}`;
    const opener = registry.get(name);
    if (opener === undefined) throw unknownName('device', name, registry.keys());
    const backend = opened.get(key) ?? (await opener({ dtype: asked }));
    opened.set(key, backend);
    return backend;
  };
  const backends: Partial<Record<DeviceComponent, Backend>> = {};
  for (const component of deviceComponents) {
    const asked = dtypes[component];
    if (asked !== undefined && !computeDTypes.includes(asked)) throw unknownName('dtype', asked, computeDTypes);
    // One dtype for all means those that a device is named for.
    const isMeant = device === undefined || typeof dtype === 'object';
    const chosen = devices[component] ?? (asked !== undefined && isMeant ? 'cpu' : undefined);
    if (typeof chosen === 'string') {
      backends[component] = await open(chosen, asked ?? defaultDTypes[chosen]?.[component]);
    } else if (chosen !== undefined) {
      if (asked !== undefined) throw ownDType(component, chosen);
      backends[component] = chosen;
    }
  }
  return backends;
}

/** A choice for each component. Throws MokusError `input` for a component that is unknown. */
function forEach<Choice>(
  field: string,
  choice: Choice | ForEach<Choice> | undefined,
  isOne: (choice: Choice | ForEach<Choice>) => choice is Choice,
): ForEach<Choice> {
  if (choice === undefined) return {};
  if (isOne(choice)) return Object.fromEntries(deviceComponents.map((component) => [component, choice]));
  if (typeof choice !== 'object' || choice === null)
    throw unknownName(field, choice, deviceComponents, `${field} or set of them`);
  const unknown = Object.keys(choice).find((name) => !(deviceComponents as readonly string[]).includes(name));
  if (unknown !== undefined) throw unknownName(field, unknown, deviceComponents, `component of ${field}`);
  return choice;
}

function unknownName(field: string, name: unknown, known: Iterable<string>, what: string = field): MokusError {
  const message = `'${String(name).slice(0, 100)}' is no ${what} here; known are ${[...known].join(', ')}`;
  return new MokusError('input', message, { field });
}

function ownDType(component: DeviceComponent, { name }: Backend): MokusError {
  const message = `dtype is for devices that are named; the backend ${name} of ${component} was made with a precision of its own, so leave dtype out`;
  return new MokusError('input', message, { field: 'dtype', backend: name });
}

function isBackend(choice: unknown): choice is Backend {
  return typeof (choice as Partial<Backend>).load === 'function';
}
