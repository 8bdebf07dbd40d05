import { MokusError } from '@mokus/core';
import { openDevice } from './open-device.js';

/** What programs are computed in. */
export type WebgpuPrecision = 'f16' | 'f32';

/**
 * What the open device computes in: what is asked for, or by default the narrowest that it has. Call it in a turn. Throws
 * MokusError `unsupported` for f16 where the adapter lacks it, and `backend` as {@link openDevice}.
 */
export async function choosePrecision(asked: WebgpuPrecision | undefined): Promise<WebgpuPrecision> {
  if (asked === 'f32') return asked;
  const { device } = await openDevice();
  // onnxruntime asks its device for this feature wherever the adapter has it.
  if (device.features.has('shader-f16')) return 'f16';
  if (asked === undefined) return 'f32';
  throw new MokusError(
    'unsupported',
    'this GPU adapter computes no f16, for it lacks the feature shader-f16: leave precision out, or ask for f32',
    { field: 'precision', backend: 'webgpu' },
  );
}
