import { existsSync, readFileSync } from 'node:fs';
import type { UltraEditSettings } from '@mokus/editors';

/** Rates in [0, 1]. */
export interface UltraEditRates {
  readonly reliability: number;
  readonly generalization: number;
  readonly locality: number;
  readonly secondsPerEdit: number;
}

/** What tools/smollm2/bench.py wrote, as far as it is read here. */
interface PytorchRecord extends UltraEditRates {
  readonly edits: number;
  readonly together: number;
  readonly settings: {
    readonly roles: readonly string[];
    readonly layers: readonly number[];
    readonly eta: number;
    readonly normalisation: string;
    readonly ridge: number;
    readonly mu: number;
    readonly turns: number;
  };
}

const file = new URL('../results/smollm2.pytorch.json', import.meta.url);
const mend = 'run tools/smollm2/bench.py (its docstring says how) with the settings of the preset';

/** The record of the PyTorch implementation. Throws where it is missing or was made with other settings. */
export function readPytorchRecord(
  wanted: UltraEditSettings & { readonly edits: number; readonly together: number },
): UltraEditRates {
  if (!existsSync(file)) throw new Error(`bench/results/smollm2.pytorch.json is not there: ${mend}`);
  const record = JSON.parse(readFileSync(file, 'utf8')) as PytorchRecord;
  const { roles, layers, eta, normalisation, ridge, mu, turns } = record.settings;
  const made: typeof wanted = {
    sites: { roles, layers: { from: layers[0] ?? 0, to: layers[1] ?? 0 } },
    eta,
    normalisation: normalisation as UltraEditSettings['normalisation'],
    lambda: ridge,
    mu,
    maxTurns: turns,
    edits: record.edits,
    together: record.together,
  };
  const [theirs, ours] = [made, wanted].map(sorted);
  if (theirs !== ours) throw new Error(`the PyTorch record is of ${theirs}, wanted ${ours}: ${mend}`);
  return record;
}

/** The largest difference of the three rates, in points. */
export function gapPoints(ours: UltraEditRates, theirs: UltraEditRates): number {
  const rates = ['reliability', 'generalization', 'locality'] as const;
  return Math.max(...rates.map((rate) => Math.abs(ours[rate] - theirs[rate]) * 100));
}

function sorted(settings: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1))));
}
