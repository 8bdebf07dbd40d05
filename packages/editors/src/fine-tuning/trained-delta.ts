import { type Adam, MokusError, type Site, type SiteDelta } from '@mokus/core';

type LowRank = Extract<SiteDelta, { kind: 'lowRank' }>;

/** One site's delta while it is trained: the delta as it is now, and a step down its gradient. */
export interface TrainedDelta {
  readonly site: string;
  delta(): SiteDelta;
  /** The gradient comes in the form of the delta. */
  step(optimiser: Adam, gradient: SiteDelta): void;
}

/** A whole matrix, from zeros; with a limit, no element ever moves further than that. */
export function trainedMatrix({ id, dIn, dOut }: Site, limit: number = Infinity): TrainedDelta {
  const delta = new Float32Array(dIn * dOut);
  return {
    site: id,
    delta: () => ({ kind: 'dense', dIn, dOut, delta }),
    step(optimiser, gradient) {
      if (gradient.kind !== 'dense') throw otherForm(id, 'dense');
      optimiser.step(id, delta, gradient.delta);
      if (limit === Infinity) return;
      for (let index = 0; index < delta.length; index++) {
        delta[index] = Math.min(limit, Math.max(-limit, delta[index]!));
      }
    },
  };
}

/** dW = scale B A with B [dOut, rank] from zeros and A [rank, dIn] as given. */
export function trainedFactors({ id, dIn, dOut }: Site, rank: number, scale: number, a: Float32Array): TrainedDelta {
  const b = new Float32Array(dOut * rank);
  const delta = (): LowRank => ({ kind: 'lowRank', dIn, dOut, rank, u: b.map((value) => scale * value), v: a });
  return {
    site: id,
    delta,
    step(optimiser, gradient) {
      if (gradient.kind !== 'lowRank') throw otherForm(id, 'low-rank');
      optimiser.step(
        `${id}.b`,
        b,
        gradient.u.map((value) => scale * value),
      );
      optimiser.step(`${id}.a`, a, gradient.v);
    },
  };
}

/** An encoder that does not keep the rules: `testTextEncoder` of `@mokus/core/testing` says where. */
function otherForm(site: string, form: string): MokusError {
  const message = `the text encoder gave no ${form} gradient of site '${site}', as its delta is; run testTextEncoder on it`;
  return new MokusError('backend', message, { site });
}
