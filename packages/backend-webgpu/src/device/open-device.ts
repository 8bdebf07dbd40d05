import { Graph, multiply } from '@mokus/graph';
import { backendError, defaultLowerings, lowerAlone } from '@mokus/onnx';
import { env, InferenceSession } from 'onnxruntime-web/webgpu';
import { deviceLost, noAdapter, withScopes } from './errors.js';
import { sessionOptions } from './session.js';
import { inTurn } from './turns.js';

/** The GPU device that onnxruntime-web made for itself; one serves every module of a process. */
export interface OpenDevice {
  readonly device: GPUDevice;
  /** Set once the device is gone. */
  readonly lost: GPUDeviceLostInfo | undefined;
  /** What must go with the device: called in a turn when it is lost. Returns how to take it back. */
  onLost(drop: () => Promise<void>): () => void;
}

let opened: Promise<OpenDevice> | undefined;

/**
 * The device that is open, or a new one. It is onnxruntime's own: for a device that a caller passes in, onnxruntime-web
 * 1.29.0 makes an instance without timed waits, and the first run fails with "Failed to wait for the operation". Call it
 * in a turn.
 *
 * Throws MokusError `backend` where there is no WebGPU or no adapter.
 */
export function openDevice(): Promise<OpenDevice> {
  opened ??= open().catch((error: unknown) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

async function open(): Promise<OpenDevice> {
  if ((await navigator.gpu.requestAdapter()) === null) throw noAdapter();
  // One thread: a page that is not cross-origin isolated has no more, and the GPU does the work.
  env.wasm.numThreads = 1;
  env.logLevel = 'error';
  const { model } = lowerAlone('anchor', anchor(), {
    backend: 'webgpu',
    compute: ['f32'],
    lowerings: defaultLowerings,
  });
  let session: InferenceSession;
  try {
    // onnxruntime drops its device with its last session, so one stays.
    session = await InferenceSession.create(model, sessionOptions);
  } catch (cause) {
    throw backendError('webgpu', 'opening the GPU device', cause);
  }
  const device = await env.webgpu.device;
  const drops = new Set<() => Promise<void>>();
  let lost: GPUDeviceLostInfo | undefined;
  void device.lost.then((info) => {
    lost = info;
    return inTurn(async () => {
      // A new device is made only when nothing holds the old one.
      for (const drop of drops) await drop().catch(() => undefined);
      await session.release().catch(() => undefined);
      opened = undefined;
    });
  });
  return {
    device,
    get lost() {
      return lost;
    },
    onLost(drop) {
      drops.add(drop);
      return () => drops.delete(drop);
    },
  };
}

/** The smallest program there is. */
function anchor(): ReturnType<Graph['build']> {
  const graph = new Graph();
  graph.output('y', multiply(graph.input('x', 'f32', [1]), 1));
  return graph.build();
}

/** Throws MokusError `device-lost` when the device is gone. */
export function requireDevice(open: OpenDevice, what: string): void {
  if (open.lost !== undefined) throw deviceLost(what, open.lost);
}

/**
 * Runs work whose errors, the GPU's included, become MokusErrors that say what was done: `device-lost` when the device
 * goes meanwhile, else `backend`. Call it in a turn.
 */
export async function onDevice<T>(open: OpenDevice, what: string, work: () => Promise<T>): Promise<T> {
  requireDevice(open, what);
  try {
    const result = await withScopes(open.device, what, work);
    requireDevice(open, what);
    return result;
  } catch (cause) {
    // A device that goes is reported a little after the call that failed for it.
    const lost = await Promise.race([open.device.lost, new Promise<undefined>((done) => setTimeout(done, 50))]);
    throw lost === undefined ? backendError('webgpu', what, cause) : deviceLost(what, lost);
  }
}
