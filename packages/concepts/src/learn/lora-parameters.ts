import {
  type Adam,
  type DeltaSite,
  type LoraAdapter,
  type LoraModule,
  loraDelta,
  MokusError,
  type SiteDelta,
  seededNoise,
} from '@mokus/core';

/** A and B of a site, or what belongs to them. */
export interface Factors {
  readonly down: Float32Array;
  readonly up: Float32Array;
}

/**
 * The factors of a LoRA while it is trained, fp32, with the gradients summed up for the next step. A starts as normals of
 * standard deviation 1 / rank and B as zeros (diffusers' "gaussian"), so that training starts at the model as it is.
 */
export class LoraParameters {
  readonly #modules: ReadonlyMap<string, LoraModule>;
  readonly #gradients: ReadonlyMap<string, Factors>;

  constructor(modules: ReadonlyMap<string, LoraModule>) {
    this.#modules = modules;
    this.#gradients = new Map(
      [...modules].map(([site, { down, up }]) => [
        site,
        { down: new Float32Array(down.length), up: new Float32Array(up.length) },
      ]),
    );
  }

  static initial(sites: readonly DeltaSite[], settings: { rank: number; alpha: number; seed: number }): LoraParameters {
    const { rank, alpha, seed } = settings;
    const noise = seededNoise(seed);
    return new LoraParameters(
      new Map(
        sites.map(({ id, dOut, dIn }) => {
          const down = noise.normals(rank * dIn).map((value) => value / rank);
          return [id, { dOut, dIn, rank, alpha, down, up: new Float32Array(dOut * rank) }];
        }),
      ),
    );
  }

  /** As trial deltas: U = alpha / rank B, V = A. */
  deltas(): ReadonlyMap<string, SiteDelta> {
    return new Map([...this.#modules].map(([site, module]) => [site, loraDelta(module)]));
  }

  /** Adds `scale` times the gradients with respect to {@link deltas} to those of the factors. */
  accumulate(gradients: ReadonlyMap<string, SiteDelta>, scale: number): void {
    for (const [site, { rank, alpha }] of this.#modules) {
      const found = gradients.get(site);
      const sums = this.#gradients.get(site);
      if (found?.kind !== 'lowRank' || sums === undefined) {
        throw new MokusError('backend', `the transformer gave no low-rank gradient of site "${site}"`, { site });
      }
      addScaled(sums.down, found.v, scale);
      addScaled(sums.up, found.u, (scale * alpha) / rank);
    }
  }

  /**
   * One step along the gradients summed up, scaled down to `maxNorm` together, which are zero afterwards. Throws
   * MokusError `edit` when they are not finite; nothing is changed then.
   */
  step(optimiser: Adam, maxNorm: number): void {
    const norm = this.gradientNorm();
    if (!Number.isFinite(norm)) {
      throw new MokusError('edit', `the gradient of the LoRA has norm ${norm}; take a smaller learningRate`, {
        field: 'learningRate',
      });
    }
    // As torch's clip_grad_norm_.
    const scale = Math.min(1, maxNorm / (norm + 1e-6));
    for (const [site, { down, up }] of this.#modules) {
      const gradients = this.#gradients.get(site) as Factors;
      for (const [name, values] of [
        ['down', down],
        ['up', up],
      ] as const) {
        const gradient = gradients[name];
        for (let at = 0; scale < 1 && at < gradient.length; at++) gradient[at]! *= scale;
        optimiser.step(`${name}.${site}`, values, gradient);
        gradient.fill(0);
      }
    }
  }

  /** Summed up since the last step, by site. */
  gradients(): ReadonlyMap<string, Factors> {
    return this.#gradients;
  }

  /** Of all gradients together. */
  gradientNorm(): number {
    let sum = 0;
    for (const factors of this.#gradients.values()) {
      for (const values of [factors.down, factors.up]) for (const value of values) sum += value * value;
    }
    return Math.sqrt(sum);
  }

  /** What was learned so far, as a copy. */
  adapter(): LoraAdapter {
    const copy = (module: LoraModule): LoraModule => ({
      ...module,
      down: module.down.slice(),
      up: module.up.slice(),
    });
    return { modules: new Map([...this.#modules].map(([site, module]) => [site, copy(module)])) };
  }
}

function addScaled(sums: Float32Array, values: Float32Array, scale: number): void {
  for (let at = 0; at < sums.length; at++) sums[at]! += scale * values[at]!;
}
