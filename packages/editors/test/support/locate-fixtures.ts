import { readFile } from 'node:fs/promises';
import { addDeltaRows, type Edit, type EditRequest, type SiteDelta } from '@mokus/core';
import type { RidgeSettings } from '../../src/index.js';
import { relativeError } from './fixtures.js';

type Matrix = readonly (readonly number[])[];
/** By layer. */
type ByLayer = Readonly<Record<string, Matrix>>;

/** What was sought, the mean keys that it was written at, [requests, dIn], and dW. */
interface WrittenFixture {
  /** h0 + d, [requests, hiddenSize]. */
  readonly targets: Matrix;
  readonly keys: ByLayer;
  readonly deltas: ByLayer;
}

export interface SpreadFixture extends WrittenFixture {
  readonly ridge: RidgeSettings;
}

/** What a fine-tune made. */
interface TunedFixture {
  readonly deltas: ByLayer;
}

/** As tools/locate-then-edit/fixtures.py writes them. */
export interface LocateFixtures {
  readonly requests: readonly EditRequest[];
  readonly contexts: readonly string[];
  readonly corpus: readonly string[];
  readonly search: {
    readonly steps: number;
    readonly learningRate: number;
    readonly weightDecay: number;
    readonly clamp: number;
    readonly klFactor: number;
  };
  readonly sites: readonly string[];
  /** Of the subject's last token, by request and context. */
  readonly positions: Matrix;
  readonly conditioningTargets: Matrix;
  readonly memit: readonly SpreadFixture[];
  readonly pmet: SpreadFixture;
  /** MEMIT at the prompts' last tokens. */
  readonly last: SpreadFixture;
  readonly alphaEdit: {
    readonly lambda: number;
    readonly nullSpaceThreshold: number;
    /** One request each; `kept` are the keys that the history takes from it. */
    readonly edits: readonly (WrittenFixture & { readonly kept: ByLayer })[];
  };
  /** Keys and targets of each request with those before it on the encoder. */
  readonly rome: SpreadFixture & { readonly plainKeys: ByLayer };
  readonly ultraEdit: readonly (TunedFixture & {
    readonly ridge: RidgeSettings;
    readonly eta: number;
    readonly turns: number;
    /** Of each turn, at the answer rows of all requests. */
    readonly keys: readonly ByLayer[];
  })[];
  /** All but `fineTuning` change the last site alone. */
  readonly tuning: {
    readonly learningRate: number;
    readonly maxEpochs: number;
    readonly fineTuning: TunedFixture;
    readonly ftM: TunedFixture;
    readonly ftL: TunedFixture & { readonly limit: number };
    readonly lora: TunedFixture & { readonly rank: number; readonly alpha: number; readonly seed: number };
  };
}

export async function readLocateFixtures(): Promise<LocateFixtures> {
  return JSON.parse(await readFile(new URL('../fixtures/locate-then-edit.json', import.meta.url), 'utf8'));
}

/** dW, [dOut, dIn] row-major. */
export function matrixOf(delta: SiteDelta): Float64Array {
  if (delta.kind === 'dense') return Float64Array.from(delta.delta);
  const product = new Float64Array(delta.dOut * delta.dIn);
  addDeltaRows(delta, 0, delta.dOut, product);
  return product;
}

/** The largest relative error of a layer. Throws where one side has layers that the other has not. */
export function errorByLayer(actual: ReadonlyMap<number, ArrayLike<number>>, expected: ByLayer): number {
  const layers = Object.keys(expected).map(Number);
  if (String([...actual.keys()].sort()) !== String(layers.sort())) {
    throw new Error(`layers ${[...actual.keys()]}, expected ${layers}`);
  }
  return Math.max(...layers.map((layer) => relativeError(actual.get(layer)!, expected[layer]!.flat())));
}

/** That of an edit's changes, each whole. */
export function deltaError({ sites }: Edit, deltas: ByLayer): number {
  const byLayer = new Map([...sites].map(([id, delta]) => [Number(id.split('.')[1]), matrixOf(delta)]));
  return errorByLayer(byLayer, deltas);
}
