import { readFile } from 'node:fs/promises';
import { addDeltaRows, type Edit, type EditRequest, type SiteDelta } from '@mokus/core';
import type { RidgeSettings } from '../../src/index.js';

type Matrix = readonly (readonly number[])[];
/** By layer. */
type ByLayer = Readonly<Record<string, Matrix>>;

interface SpreadFixture {
  readonly ridge: RidgeSettings;
  /** h0 + d, [requests, hiddenSize]. */
  readonly targets: Matrix;
  readonly keys: ByLayer;
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
    readonly edits: readonly Pick<SpreadFixture, 'targets' | 'deltas'>[];
  };
  readonly rome: Pick<SpreadFixture, 'ridge' | 'targets' | 'deltas'>;
  /** The first rows of dW of the last site. */
  readonly ultraEdit: readonly {
    readonly ridge: RidgeSettings;
    readonly eta: number;
    readonly turns: number;
    readonly delta: Matrix;
  }[];
  /** The first rows of dW of the last site, which is the only one but in `fineTuning`. */
  readonly tuning: {
    readonly learningRate: number;
    readonly maxEpochs: number;
    readonly fineTuning: { readonly delta: Matrix };
    readonly ftM: { readonly delta: Matrix };
    readonly ftL: { readonly limit: number; readonly delta: Matrix };
    readonly lora: { readonly rank: number; readonly alpha: number; readonly seed: number; readonly delta: Matrix };
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

/** As much of an edit's matrix of a site as the fixture has. */
export function firstRows(
  edit: Edit,
  site: string,
  { delta }: { readonly delta: Matrix },
): {
  readonly actual: Float64Array;
  readonly expected: number[];
} {
  const expected = delta.flat();
  return { actual: matrixOf(edit.sites.get(site)!).subarray(0, expected.length), expected };
}

/** An edit's matrices of the layers that a fixture has, one after the other, and the fixture's. */
export function bothMatrices(edit: Edit, deltas: ByLayer): { readonly actual: number[]; readonly expected: number[] } {
  const layers = Object.keys(deltas);
  return {
    actual: layers.flatMap((layer) => [...matrixOf(edit.sites.get(`layers.${layer}.mlp.down_proj`)!)]),
    expected: layers.flatMap((layer) => deltas[layer]!.flat()),
  };
}
