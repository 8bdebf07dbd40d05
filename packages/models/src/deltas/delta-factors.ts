import {
  addDeltaRows,
  type DeltaSite,
  f32Tensor,
  type HostTensor,
  isJsonObject,
  MokusError,
  requireArgument,
  requireDelta,
  type SiteDelta,
} from '@mokus/core';

/** dW = U V, the one form in which programs take deltas: U [dOut, rank], V [rank, dIn], rank at least 1. */
export interface DeltaFactors {
  readonly rank: number;
  readonly u: HostTensor<'f32'>;
  readonly v: HostTensor<'f32'>;
}

type SiteSize = Pick<DeltaSite, 'dOut' | 'dIn'>;

/**
 * Throws MokusError `input` for what is no delta, `edit` for one that is not of the site's shape or not finite, and returns a copy of it that later
 * changes of the caller's arrays do not reach.
 */
export function checkedDelta(site: DeltaSite, delta: SiteDelta): SiteDelta {
  const mend = "give { kind: 'lowRank', dOut, dIn, rank, u, v } or { kind: 'dense', dOut, dIn, delta }";
  requireArgument('delta', delta, isJsonObject(delta), mend);
  const { dOut, dIn } = delta;
  const what = `the delta of site "${site.id}" [${site.dOut}, ${site.dIn}]`;
  const details = { site: site.id };
  if (dOut !== site.dOut || dIn !== site.dIn) {
    throw new MokusError('edit', `${what} is for a weight [${dOut}, ${dIn}]; make the edit on this model`, details);
  }
  requireDelta(what, delta, details);
  return delta.kind === 'dense'
    ? { ...delta, delta: delta.delta.slice() }
    : { ...delta, u: delta.u.slice(), v: delta.v.slice() };
}

/** No change: a rank of 1 with zeros, because an inner size of 0 crashes some devices. */
export function noDelta({ dOut, dIn }: SiteSize): DeltaFactors {
  return { rank: 1, u: f32Tensor([dOut, 1], new Float32Array(dOut)), v: f32Tensor([1, dIn], new Float32Array(dIn)) };
}

/** A dense delta D is D I or I D, whichever identity is smaller. */
export function factorsOf(delta: SiteDelta): DeltaFactors {
  const { dOut, dIn } = delta;
  if (delta.kind === 'lowRank') {
    const { rank, u, v } = delta;
    return { rank, u: f32Tensor([dOut, rank], u), v: f32Tensor([rank, dIn], v) };
  }
  const dense = f32Tensor([dOut, dIn], delta.delta);
  return dIn <= dOut ? { rank: dIn, u: dense, v: identity(dIn) } : { rank: dOut, u: identity(dOut), v: dense };
}

function identity(size: number): HostTensor<'f32'> {
  const data = new Float32Array(size * size);
  for (let at = 0; at < size; at++) data[at * size + at] = 1;
  return f32Tensor([size, size], data);
}

/** The sum of deltas: their factors side by side, in order. */
export function stackFactors({ dOut, dIn }: SiteSize, parts: readonly DeltaFactors[]): DeltaFactors {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const rank = parts.reduce((sum, part) => sum + part.rank, 0);
  const u = new Float32Array(dOut * rank);
  const v = new Float32Array(rank * dIn);
  let start = 0;
  for (const part of parts) {
    v.set(part.v.data, start * dIn);
    for (let row = 0; row < dOut; row++) {
      u.set(part.u.data.subarray(row * part.rank, (row + 1) * part.rank), row * rank + start);
    }
    start += part.rank;
  }
  return { rank, u: f32Tensor([dOut, rank], u), v: f32Tensor([rank, dIn], v) };
}

/** A sum and deltas as one dense matrix: added to the sum in float64 in the order given, rounded to fp32 once. */
export function foldDeltas({ dOut, dIn }: SiteSize, deltas: readonly SiteDelta[], sum: Float64Array): SiteDelta {
  for (const delta of deltas) addDeltaRows(delta, 0, dOut, sum);
  return { kind: 'dense', dOut, dIn, delta: new Float32Array(sum) };
}

/**
 * Gradients of the last `trial.rank` columns of U and rows of V, in the form of the trial delta. With D = U I the
 * gradient of D is that of U, with D = I V that of V.
 */
export function trialGradient(trial: SiteDelta, u: HostTensor<'f32'>, v: HostTensor<'f32'>): SiteDelta {
  const { dOut, dIn } = trial;
  const rank = trial.kind === 'lowRank' ? trial.rank : Math.min(dOut, dIn);
  const stackRank = u.shape[1]!;
  const ofU = (): Float32Array => {
    const data = new Float32Array(dOut * rank);
    for (let row = 0; row < dOut; row++) {
      data.set(u.data.subarray((row + 1) * stackRank - rank, (row + 1) * stackRank), row * rank);
    }
    return data;
  };
  const ofV = (): Float32Array => v.data.slice((stackRank - rank) * dIn);
  if (trial.kind === 'lowRank') return { kind: 'lowRank', dOut, dIn, rank, u: ofU(), v: ofV() };
  return { kind: 'dense', dOut, dIn, delta: dIn <= dOut ? ofU() : ofV() };
}
