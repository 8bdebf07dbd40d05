import type { CheckpointFolder } from '@mokus/checkpoint/node';
import { type Backend, type ComponentOutliner, MokusError, type RunOptions, throwIfCancelled } from '@mokus/core';
import type { Container } from 'inversify';
import { type DeviceComponent, deviceComponents } from './backends.js';
import { componentClasses } from './inspect/component-classes.js';
import { readTensors, withOpened } from './inspect/inspect.js';
import { ArchitectureRegistry, Backend as BackendToken } from './tokens.js';

/** Their folders in a checkpoint. */
const folders: Readonly<Record<DeviceComponent, string>> = {
  textEncoder: 'text_encoder',
  dit: 'transformer',
  imageCodec: 'vae',
};

/** What is to be loaded onto one device. */
interface DeviceLoad {
  readonly backend: Backend;
  readonly available: number;
  readonly needs: { readonly folder: string; readonly bytes: number }[];
}

/**
 * Compares the weights of the components that share a device with what is free there, from the headers, before the first
 * of them is loaded: each alone may fit where all do not. Devices that do not say what is free, and components that do
 * not say what they run, are not asked about.
 *
 * Throws MokusError `backend` with both numbers, and what reading headers throws: `checkpoint`, `config`, `weight`.
 */
export async function requireDeviceMemory(
  container: Container,
  files: CheckpointFolder,
  backends: Readonly<Partial<Record<DeviceComponent, Backend>>>,
  { signal }: RunOptions,
): Promise<void> {
  const loads = new Map<string, DeviceLoad>();
  let classes: ReadonlyMap<string, string> | undefined;
  for (const component of deviceComponents) {
    const backend = backends[component] ?? container.get(BackendToken);
    const key = `${backend.name} ${backend.capabilities().device}`;
    const available = loads.get(key)?.available ?? backend.availableBytes?.();
    if (available === undefined) continue;
    throwIfCancelled(signal, `reading the headers of ${files.name}`);
    classes ??= (await componentClasses(files.source)).classes;
    const folder = folders[component];
    const outliner = container.get(ArchitectureRegistry).outlines.get(classes.get(folder) ?? '');
    const load = loads.get(key) ?? { backend, available, needs: [] };
    load.needs.push({ folder, bytes: outliner === undefined ? 0 : await weightBytes(outliner, files, folder, signal) });
    loads.set(key, load);
  }
  for (const load of loads.values()) requireRoom(load, files.name);
}

/** Bytes of the tensors that a component is loaded with, as they are stored. */
async function weightBytes(
  outliner: ComponentOutliner,
  files: CheckpointFolder,
  component: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const weights = await files.weights(component);
  const outline = await outliner({ files: withOpened(files, weights), component, signal });
  return [...readTensors(outline, weights).values()].reduce((sum, { length }) => sum + length, 0);
}

function requireRoom({ backend, available, needs }: DeviceLoad, checkpoint: string): void {
  const needed = needs.reduce((sum, { bytes }) => sum + bytes, 0);
  if (needed <= available) return;
  const each = needs.map(({ folder, bytes }) => `${folder} ${gigabytes(bytes)}`).join(', ');
  const { device } = backend.capabilities();
  throw new MokusError(
    'backend',
    `${checkpoint} does not fit on ${backend.name} (${device}): its weights take ${gigabytes(needed)} (${each}), ${gigabytes(available)} are free; put a component on another device, as device: { textEncoder: 'cpu', dit: '${backend.name}' } does, or take a checkpoint that is stored in bf16 or f16`,
    { backend: backend.name, field: 'device' },
  );
}

/** Of small ones more digits: two numbers that differ are to look so. */
function gigabytes(bytes: number): string {
  return `${bytes >= 1e9 ? (bytes / 1e9).toFixed(2) : (bytes / 1e9).toPrecision(3)} GB`;
}
