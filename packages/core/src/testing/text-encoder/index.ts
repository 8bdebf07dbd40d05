import type { TextEncoder } from '../../text-encoder.js';
import { deltaCases } from './delta-cases.js';
import { gradientCases } from './gradient-cases.js';
import { refusalCases } from './refusal-cases.js';
import { stateCases } from './state-cases.js';
import { statisticsCases } from './statistics-cases.js';
import { textCases } from './text-cases.js';
import type { TextEncoderCase, TextEncoderTolerances } from './text-encoder-case.js';

export type { TextEncoderCase, TextEncoderTolerances } from './text-encoder-case.js';

export const textEncoderCases: readonly TextEncoderCase[] = [
  ...textCases,
  ...gradientCases,
  ...stateCases,
  ...deltaCases,
  ...statisticsCases,
  ...refusalCases,
];

/**
 * Measured on a tiny random Qwen2.5-VL, float64 interpreter and onnxruntime's CPU provider: two ways to compute the same
 * 1e-6 at most; a gradient against a central difference 1e-3 at most, which is the curvature within the step.
 */
const defaults: TextEncoderTolerances = { same: 3e-6, gradient: 3e-3 };

/**
 * The conformance kit of text encoders: tokens, batching, conditioning, captures and gradients against central
 * differences, deltas that stack and go, second moments, refusals, cancellation, dispose. Each check makes an encoder of
 * its own; a small one will do.
 */
export function testTextEncoder(options: {
  readonly create: () => Promise<TextEncoder>;
  /** A test framework's `it` or `test`. */
  readonly test: (name: string, run: () => Promise<void>) => void;
  /** For backends that compute in less than f32. */
  readonly tolerances?: Partial<TextEncoderTolerances> | undefined;
}): void {
  const tolerances = { ...defaults, ...options.tolerances };
  for (const { name, run } of textEncoderCases) {
    options.test(name, async () => {
      const encoder = await options.create();
      try {
        await run(encoder, tolerances);
      } finally {
        await encoder.dispose();
      }
    });
  }
}
