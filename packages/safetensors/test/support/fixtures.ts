import { readFileSync } from 'node:fs';
import { memorySource, openSafetensors, type SafetensorsFile } from '../../src/index.js';

const folder = new URL('../fixtures/', import.meta.url);

/** What tools/safetensors-fixtures.py wrote beside the files. */
export interface FixtureReport {
  readonly dtypes: readonly string[];
  readonly refused: Readonly<Record<string, { readonly code: string; readonly reference: string }>>;
}

export const report: FixtureReport = JSON.parse(new TextDecoder().decode(fixtureBytes('fixtures.json')));

export function fixtureBytes(name: string): Uint8Array {
  // A plain array of its own: Node's small Buffers share one, whose alignment would depend on what ran before.
  return Uint8Array.from(readFileSync(new URL(name, folder)));
}

export function openFixture(name: string): Promise<SafetensorsFile> {
  return openSafetensors(memorySource(fixtureBytes(name), name));
}
