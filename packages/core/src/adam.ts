import { MokusError } from './errors.js';
import { requireNumber } from './option-checks.js';

export interface AdamOptions {
  readonly learningRate: number;
  /** How much of the means of gradients and of their squares stays at a step. Default: [0.9, 0.999]. */
  readonly betas?: readonly [number, number] | undefined;
  /** Added to the root of the second moment. Default: 1e-8. */
  readonly epsilon?: number | undefined;
  /** Decoupled (AdamW): parameters shrink by learningRate * weightDecay a step. Default: 0, which is Adam. */
  readonly weightDecay?: number | undefined;
}

/** What a step of Adam is computed with, weight decay aside. */
export interface AdamConstants {
  readonly learningRate: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
}

/**
 * Those of the options, with the published betas and epsilon (Kingma & Ba 2015) where they name none. Throws MokusError
 * `input` naming the option of `owner` that is out of its range.
 */
export function resolveAdam(
  owner: string,
  { learningRate, betas = [0.9, 0.999], epsilon = 1e-8 }: Pick<AdamOptions, keyof AdamConstants>,
): AdamConstants {
  requireNumber(owner, 'learningRate', learningRate, { above: 0 });
  // What callers without types may pass.
  if (!Array.isArray(betas) || betas.length !== 2) {
    throw new MokusError('input', `${owner}: betas are two numbers, such as [0.9, 0.999]`, { field: 'betas' });
  }
  for (const beta of betas) requireNumber(owner, 'betas', beta, { atLeast: 0, below: 1 });
  requireNumber(owner, 'epsilon', epsilon, { above: 0 });
  return { learningRate, betas, epsilon };
}

/** What Adam remembers of one parameter, in the parameter's precision. */
export interface AdamMoments<Values extends Float32Array | Float64Array = Float32Array> {
  readonly first: Values;
  readonly second: Values;
  readonly steps: number;
}

/**
 * Adam (Kingma & Ba 2015) with bias correction, on host arrays by name; with a weight decay it is AdamW. State is fp32
 * unless parameters are float64, arithmetic float64. Throws MokusError `input` for an option out of its range.
 */
export class Adam<Values extends Float32Array | Float64Array = Float32Array> {
  private readonly learningRate: number;
  private readonly betas: readonly [number, number];
  private readonly epsilon: number;
  private readonly weightDecay: number;
  private readonly moments = new Map<string, { -readonly [Field in keyof AdamMoments]: AdamMoments<Values>[Field] }>();

  constructor(options: AdamOptions) {
    const { learningRate, betas, epsilon } = resolveAdam('Adam', options);
    const { weightDecay = 0 } = options;
    requireNumber('Adam', 'weightDecay', weightDecay, { atLeast: 0 });
    this.learningRate = learningRate;
    this.betas = betas;
    this.epsilon = epsilon;
    this.weightDecay = weightDecay;
  }

  /** One step for one parameter, in place. `learningRate` overrides the optimiser's, for a schedule. */
  step(name: string, parameter: Values, gradient: Values, learningRate: number = this.learningRate): void {
    const [beta1, beta2] = this.betas;
    let state = this.moments.get(name);
    if (state === undefined) {
      const zeros = (): Values => parameter.slice().fill(0) as Values;
      state = { first: zeros(), second: zeros(), steps: 0 };
      this.moments.set(name, state);
    }
    state.steps++;
    const { first, second, steps } = state;
    const stepSize = learningRate / (1 - beta1 ** steps);
    const secondCorrection = 1 - beta2 ** steps;
    for (let index = 0; index < parameter.length; index++) {
      const slope = gradient[index]!;
      first[index] = beta1 * first[index]! + (1 - beta1) * slope;
      second[index] = beta2 * second[index]! + (1 - beta2) * slope * slope;
      const decayed = parameter[index]! * (1 - learningRate * this.weightDecay);
      parameter[index] =
        decayed - (stepSize * first[index]!) / (Math.sqrt(second[index]! / secondCorrection) + this.epsilon);
    }
  }

  /** The moments of every parameter that made a step, by name, as copies: with them a run goes on where it was. */
  state(): ReadonlyMap<string, AdamMoments<Values>> {
    return new Map([...this.moments].map(([name, moments]) => [name, copied(moments)]));
  }

  /** Takes up the moments of another run. */
  restore(state: ReadonlyMap<string, AdamMoments<Values>>): void {
    this.moments.clear();
    for (const [name, moments] of state) this.moments.set(name, copied(moments));
  }
}

function copied<Values extends Float32Array | Float64Array>({
  first,
  second,
  steps,
}: AdamMoments<Values>): AdamMoments<Values> {
  return { first: first.slice() as Values, second: second.slice() as Values, steps };
}
