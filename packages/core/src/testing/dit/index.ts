import type { DiT } from '../../diffusion.js';
import { adapterCases } from './adapter-cases.js';
import { type DiTCase, type DiTTolerances, velocityCases } from './cases.js';

export type { DiTCase, DiTTolerances } from './cases.js';

export const ditCases: readonly DiTCase[] = [...velocityCases, ...adapterCases];

/**
 * Measured on a tiny random Qwen-Image transformer: batch against members 0 in float64 and 3.5e-7 on onnxruntime's CPU
 * provider, slope against gradient 1.2e-5 and 2.9e-5.
 */
const defaults: DiTTolerances = { same: 3e-6, gradient: 3e-4 };

/**
 * The conformance kit of diffusion transformers: shapes, batching, masking, deltas, gradients against finite differences,
 * refusals, cancellation, dispose. Each check makes a transformer of its own; a small one will do.
 */
export function testDiT(options: {
  readonly create: () => Promise<DiT>;
  /** A test framework's `it` or `test`. */
  readonly test: (name: string, run: () => Promise<void>) => void;
  /** For backends that compute in less than f32. */
  readonly tolerances?: Partial<DiTTolerances> | undefined;
}): void {
  const tolerances = { ...defaults, ...options.tolerances };
  for (const { name, run } of ditCases) {
    options.test(name, async () => {
      const dit = await options.create();
      try {
        await run(dit, tolerances);
      } finally {
        await dit.dispose();
      }
    });
  }
}
