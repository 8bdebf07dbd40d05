import { existsSync, readFileSync } from 'node:fs';
import type { MemitSettings, UltraEditSettings } from '@mokus/editors';

/** Rates in [0, 1]. */
export interface EditRates {
  readonly reliability: number;
  readonly generalization: number;
  readonly locality: number;
  readonly secondsPerEdit: number;
}

/** How many facts were edited, and how many of them one solve wrote. */
export interface EditCounts {
  readonly edits: number;
  readonly together: number;
}

/** What tools/smollm2/bench.py wrote of an editor, as far as it is read here. */
interface EditorRecord<Settings> extends EditRates, EditCounts {
  readonly settings: Settings;
}

interface PytorchRecord
  extends EditorRecord<{
    readonly roles: readonly string[];
    readonly layers: readonly number[];
    readonly eta: number;
    readonly normalisation: string;
    readonly ridge: number;
    readonly mu: number;
    readonly turns: number;
  }> {
  readonly memit?: EditorRecord<{
    readonly layers: readonly number[];
    readonly steps: number;
    readonly learning_rate: number;
    readonly weight_decay: number;
    readonly clamp: number;
    readonly kl_factor: number;
    readonly ridge?: number;
    readonly mu: number;
    /** The bare prompt first. */
    readonly contexts: readonly string[];
  }>;
}

const file = new URL('../results/smollm2.pytorch.json', import.meta.url);
const mend = 'run tools/smollm2/bench.py (its docstring says how) with the settings of the preset';

function readRecord(): PytorchRecord {
  if (!existsSync(file)) throw new Error(`bench/results/smollm2.pytorch.json is not there: ${mend}`);
  return JSON.parse(readFileSync(file, 'utf8')) as PytorchRecord;
}

/** UltraEdit's record of the PyTorch implementation. Throws where it is missing or was made with other settings. */
export function readPytorchUltraEdit(wanted: UltraEditSettings & EditCounts): EditRates {
  const record = readRecord();
  const { roles, layers, eta, normalisation, ridge, mu, turns } = record.settings;
  const made: typeof wanted = {
    sites: { roles, layers: rangeOf(layers) },
    eta,
    normalisation: normalisation as UltraEditSettings['normalisation'],
    lambda: ridge,
    mu,
    maxTurns: turns,
    edits: record.edits,
    together: record.together,
  };
  requireSame(made, wanted);
  return record;
}

/** MEMIT's. Throws as {@link readPytorchUltraEdit}. */
export function readPytorchMemit(wanted: MemitSettings & EditCounts): EditRates {
  const { memit } = readRecord();
  if (memit === undefined) throw new Error(`the PyTorch record has no MEMIT: ${mend}`);
  const { layers, steps, learning_rate, weight_decay, clamp, kl_factor, ridge = 0, mu, contexts } = memit.settings;
  const made: typeof wanted = {
    sites: { roles: ['down_proj'], layers: rangeOf(layers) },
    steps,
    learningRate: learning_rate,
    weightDecay: weight_decay,
    clamp,
    klFactor: kl_factor,
    lambda: ridge === 0 ? undefined : ridge,
    mu,
    contexts: contexts.slice(1),
    edits: memit.edits,
    together: memit.together,
  };
  requireSame(made, wanted);
  return memit;
}

/** The largest difference of the three rates, in points. */
export function gapPoints(ours: EditRates, theirs: EditRates): number {
  const rates = ['reliability', 'generalization', 'locality'] as const;
  return Math.max(...rates.map((rate) => Math.abs(ours[rate] - theirs[rate]) * 100));
}

function rangeOf([from = 0, to = 0]: readonly number[]): { readonly from: number; readonly to: number } {
  return { from, to };
}

function requireSame(made: object, wanted: object): void {
  const [theirs, ours] = [made, wanted].map(sorted);
  if (theirs !== ours) throw new Error(`the PyTorch record is of ${theirs}, wanted ${ours}: ${mend}`);
}

function sorted(settings: object): string {
  return JSON.stringify(Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1))));
}
