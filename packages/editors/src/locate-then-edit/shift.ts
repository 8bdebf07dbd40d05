import type { Adam } from '@mokus/core';

/**
 * The vector d that a search adds at one place, with its weight decay and its clamp. Float64, as Adam's moments are: the
 * update multiplies what a target is off by.
 */
export class Shift {
  /** [hiddenSize]. */
  readonly values: Float64Array;
  private readonly initialSquare: number;

  constructor(
    /** h0, f32 [hiddenSize]. */
    readonly initial: Float32Array,
    private readonly settings: { readonly weightDecay: number; readonly clamp: number },
  ) {
    this.values = new Float64Array(initial.length);
    this.initialSquare = squareOf(initial);
  }

  /** wd |d| / |h0|^2, as the authors' code has it. */
  get decay(): number {
    return (this.settings.weightDecay * Math.sqrt(squareOf(this.values))) / this.initialSquare;
  }

  /** A step down `gradient` and the decay's, in place; then |d| is at most clamp |h0|. */
  step(optimiser: Adam<Float64Array>, name: string, gradient: Float64Array): void {
    const { values, settings, initialSquare } = this;
    const length = Math.sqrt(squareOf(values));
    // At 0 the length has no gradient: 0 stands for it, as in torch.
    const slope = length === 0 ? 0 : settings.weightDecay / (initialSquare * length);
    optimiser.step(
      name,
      values,
      gradient.map((value, index) => value + slope * values[index]!),
    );
    const scale = settings.clamp * Math.sqrt(initialSquare / squareOf(values));
    if (scale < 1) for (let index = 0; index < values.length; index++) values[index]! *= scale;
  }
}

function squareOf(values: Float32Array | Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}
