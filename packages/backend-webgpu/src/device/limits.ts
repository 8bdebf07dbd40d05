import { MokusError } from '@mokus/core';

/** Throws MokusError `unsupported`, with both sizes, for a tensor that the device cannot bind as one buffer. */
export function checkBytes(what: string, bytes: number, { limits }: GPUDevice): void {
  const most = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  if (bytes <= most) return;
  throw new MokusError(
    'unsupported',
    `${what} takes ${bytes} bytes; this GPU binds ${most} bytes at most: run it on another backend`,
    { backend: 'webgpu' },
  );
}
