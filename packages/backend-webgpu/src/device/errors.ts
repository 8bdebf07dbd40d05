import { MokusError } from '@mokus/core';

const backend = 'webgpu';

export function deviceLost(what: string, { reason, message }: GPUDeviceLostInfo): MokusError {
  return new MokusError(
    'device-lost',
    `${what}: the GPU device was lost (${reason || 'unknown'}: ${message}); a next call opens another and loads again`,
    { backend },
  );
}

export function noAdapter(cause?: unknown): MokusError {
  return new MokusError(
    'backend',
    'no GPU adapter: install a Vulkan, Metal or Direct3D 12 driver, or switch on WebGPU in the browser',
    { backend, cause },
  );
}

const scopes = ['internal', 'out-of-memory', 'validation'] as const;

/**
 * Runs work whose GPU errors are its own: without scopes they would be reported to nobody, and the results be zeros.
 * Throws what the work throws, or MokusError `backend` with the first GPU error.
 */
export async function withScopes<T>(device: GPUDevice, what: string, work: () => Promise<T>): Promise<T> {
  for (const scope of scopes) device.pushErrorScope(scope);
  const [done] = await Promise.allSettled([work()]);
  // A lost device has no scopes left.
  const errors = await Promise.all(scopes.map(() => device.popErrorScope().catch(() => null)));
  const error = errors.find((each) => each !== null);
  if (error) throw new MokusError('backend', `${what} on backend ${backend}: GPU error: ${error.message}`, { backend });
  if (done.status === 'rejected') throw done.reason;
  return done.value;
}
