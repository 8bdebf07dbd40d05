import type { InferenceSession } from 'onnxruntime-web/webgpu';

/** How every session is made. Results stay on the device: what a caller reads is read by this package. */
export const sessionOptions: InferenceSession.SessionOptions = {
  executionProviders: ['webgpu'],
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
  preferredOutputLocation: 'gpu-buffer',
};
