import type { DiT } from '../../diffusion.js';
import { type DiTCase, type DiTTolerances, ditCases } from './cases.js';

export { type DiTCase, type DiTTolerances, ditCases };

/**
 * Measured on a tiny random Qwen-Image transformer, float64 interpreter and onnxruntime's CPU provider: batch against
 * members TODO, slope against gradient TODO.
 */
const defaults: DiTTolerances = { same: 2e-6, gradient: 2e-3 };

/**
 * The conformance kit of diffusion transformers: shapes, batching, masking, the gradient against finite differences,
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
