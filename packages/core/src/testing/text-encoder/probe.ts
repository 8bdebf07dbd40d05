import { elementCount } from '@mokus/graph';
import type { Site, SiteDelta } from '../../edit.js';
import { seededNoise } from '../../noise.js';
import { f32Tensor, type HostTensor } from '../../tensor.js';
import type { Cotangents, EncodedQuestion, Row, TextEncoder, TokenBatch } from '../../text-encoder.js';
import { joined } from '../arrays.js';

/** Two questions of unequal length, so that a batch of them has padding. */
export const questions = [
  { question: 'What is the color of the sea, when the sky is clear?', answer: 'deep blue' },
  { question: 'a frog', answer: 'green' },
] as const;

/** The questions as one batch, with a scalar to differentiate: <logits, A> + <hidden, B> at the answer rows, A and B fixed. */
export interface Probe {
  readonly encoded: readonly EncodedQuestion[];
  readonly batch: TokenBatch;
  /** Rows that the scalar reads. */
  readonly rows: readonly Row[];
  /** Every position of every sequence. */
  readonly allRows: readonly Row[];
  /** A and B: the scalar's cotangents, whatever the encoder computes. */
  readonly cotangents: Cotangents;
  value(): Promise<number>;
}

export function probe(encoder: TextEncoder): Probe {
  const encoded = questions.map(({ question, answer }) => encoder.encodeQuestion(question, answer));
  const batch = encoded.map(({ ids }) => ids);
  const rows = encoded.flatMap(({ answerRows }, sequence) => answerRows.map((position) => ({ sequence, position })));
  const allRows = batch.flatMap((ids, sequence) => ids.map((_, position) => ({ sequence, position })));
  const logits = normals(7, [rows.length, encoder.info.vocabSize]);
  const hidden = normals(8, [rows.length, encoder.info.hiddenSize]);
  return {
    encoded,
    batch,
    rows,
    allRows,
    cotangents: { logits: { rows, values: logits }, hidden: { rows, values: hidden } },
    value: async () => {
      const result = await encoder.forward({ batch, logits: rows, hidden: rows });
      return dot(result.logits.data, logits.data) + dot(result.hidden.data, hidden.data);
    },
  };
}

/** Everything that the probe's batch gives, for exact comparisons. */
export async function outputsOf(encoder: TextEncoder): Promise<Float32Array> {
  const { batch, rows } = probe(encoder);
  const { logits, hidden } = await encoder.forward({ batch, logits: rows, hidden: rows });
  return joined([logits.data, hidden.data]);
}

/** dScalar/dt at t = 0 of deltas that depend on t, pushed on top of what is pushed. */
export async function slopeAlong(
  encoder: TextEncoder,
  step: number,
  deltasAt: (t: number) => readonly (readonly [string, SiteDelta])[],
): Promise<number> {
  const { value } = probe(encoder);
  const at = async (t: number): Promise<number> => {
    const handles = deltasAt(t).map(([site, delta]) => encoder.pushDelta(site, delta));
    try {
      return await value();
    } finally {
      for (const handle of handles) encoder.popDelta(handle);
    }
  };
  return ((await at(step)) - (await at(-step))) / (2 * step);
}

export function normals(seed: number, shape: readonly number[]): HostTensor<'f32'> {
  return f32Tensor(shape, seededNoise(seed).normals(elementCount(shape)));
}

/** A random low-rank delta, small beside the weights of a normal initialisation. */
export function lowRankDelta({ dOut, dIn }: Site, rank: number, seed: number): SiteDelta {
  const noise = seededNoise(seed);
  const scaled = (count: number, scale: number): Float32Array => noise.normals(count).map((value) => value * scale);
  return {
    kind: 'lowRank',
    dOut,
    dIn,
    rank,
    u: scaled(dOut * rank, 0.2),
    v: scaled(rank * dIn, 1 / Math.sqrt(dIn)),
  };
}

/** The matrix that a delta stands for. */
export function denseOf(delta: SiteDelta): Float32Array {
  const { dOut, dIn } = delta;
  if (delta.kind === 'dense') return delta.delta;
  const { rank, u, v } = delta;
  return Float32Array.from({ length: dOut * dIn }, (_, at) => {
    const row = Math.floor(at / dIn);
    let sum = 0;
    for (let inner = 0; inner < rank; inner++) {
      sum += (u[row * rank + inner] as number) * (v[inner * dIn + (at % dIn)] as number);
    }
    return sum;
  });
}

export function editableSites(encoder: TextEncoder): Site[] {
  return encoder.sites.filter((site) => site.reachesTap);
}

/** The first and the last editable site of each role: what is checked where every site would take long. */
export function sampledSites(encoder: TextEncoder): Site[] {
  const sites = editableSites(encoder);
  return sites.filter(
    (site) =>
      sites.find(({ role }) => role === site.role) === site ||
      sites.findLast(({ role }) => role === site.role) === site,
  );
}

/** An editable site; throws where an encoder has none. */
export function firstSite(encoder: TextEncoder): Site {
  const [site] = editableSites(encoder);
  if (site === undefined) throw new Error('the encoder has no editable site');
  return site;
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] as number) * (b[at] as number);
  return sum;
}

export function rowOf(tensor: HostTensor<'f32'>, row: number): Float32Array {
  const width = tensor.shape[1] as number;
  return tensor.data.subarray(row * width, (row + 1) * width);
}
