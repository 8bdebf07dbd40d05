/** The soak in small: each part runs, what goes wrong is found, and a run that was stopped goes on. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadPart, type PartName, partModule } from '../soak/part.js';
import { memoryOf, writeRecord } from '../soak/result.js';
import { newState, type PartState } from '../soak/state.js';
import { supervise } from '../soak/supervise.js';
import { part as faulty } from './support/faulty-part.js';

const folder = mkdtempSync(join(tmpdir(), 'mokus-soak-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What becomes of some cases, run in this process. */
async function outcomesOf(name: PartName, cases: readonly number[]): Promise<string[]> {
  const open = await (await loadPart(partModule(name))).open(20);
  try {
    const outcomes: string[] = [];
    for (const index of cases) outcomes.push(await open.run(index));
    return outcomes;
  } finally {
    await open.dispose();
  }
}

const first = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a part in small', { timeout: 300_000 }, () => {
  it('files: some are read, most are refused, each time in the same way', async () => {
    const outcomes = await outcomesOf('files', first(300));
    expect(outcomes).toContain('read');
    expect(new Set(outcomes).size).toBeGreaterThan(8);
    expect(await outcomesOf('files', [7, 123])).toEqual([outcomes[7], outcomes[123]]);
  });

  it('folders: checkpoints, edits and LoRAs are read or refused', async () => {
    const outcomes = await outcomesOf('folders', first(80));
    for (const expected of ['checkpoint: read', 'checkpoint: checkpoint', 'edit: edit', 'LoRA: checkpoint']) {
      expect(outcomes).toContain(expected);
    }
    expect(outcomes.filter((outcome) => outcome.endsWith('read, applied')).length).toBeGreaterThan(0);
    expect(outcomes.filter((outcome) => outcome.endsWith('read, added')).length).toBeGreaterThan(0);
  });

  it('cycles: an edit changes the picture, and is gone after it was reverted', async () => {
    for (const outcome of await outcomesOf('cycles', [0, 1, 2])) expect(outcome).toMatch(/^(one|two) edits?, picture/);
  });

  it('kills: a download and a save that are killed end where others do', async () => {
    const outcomes = await outcomesOf('kills', [2, 3]);
    expect(outcomes).toEqual([
      expect.stringMatching(/^download: (\d+ of 24 files|a whole snapshot)$/),
      expect.stringMatching(/^save: (old|new), (old|new), (old|new|aside)$/),
    ]);
  });
});

describe('supervise', { timeout: 120_000 }, () => {
  const module = new URL('./support/faulty-part.ts', import.meta.url);
  const runTo = (state: PartState, to: number): Promise<void> =>
    supervise(module, faulty, state, { atFile: join(folder, 'at'), to, onReport: () => undefined });

  it('finds crashes, hangs, and errors without a type, and goes on behind them and after a stop', async () => {
    const state = newState(1);
    await runTo(state, 10);
    expect(state.done).toBe(10);
    await runTo(state, 20);
    expect(state.done).toBe(20);
    expect(state.findings.map(({ index, kind }) => [index, kind])).toEqual([
      [3, 'crash'],
      [6, 'crash'],
      [9, 'hang'],
      [12, 'untyped'],
      [15, 'outside'],
    ]);
    expect(state.findings.map(({ message }) => message)).toEqual([
      expect.stringContaining('SIGKILL'),
      expect.stringContaining('code 7'),
      expect.stringContaining('no end'),
      expect.stringContaining('no type of ours'),
      expect.stringContaining('read beyond'),
    ]);
    const sum = Object.values(state.outcomes).reduce((total, count) => total + count, 0);
    expect([sum, state.outcomes.fine]).toEqual([20, 15]);
  });

  it('tries cases with a finding again, and forgets those that are mended', async () => {
    const state = { ...newState(1), done: 20, outcomes: { fine: 19, 'finding: untyped': 1 } };
    state.findings = [{ index: 12, kind: 'untyped', message: 'no type of ours' }];
    await runTo(state, 20);
    expect(state.findings).toHaveLength(1);
    process.env.MOKUS_MENDED = '12';
    try {
      await runTo(state, 20);
    } finally {
      delete process.env.MOKUS_MENDED;
    }
    expect(state.findings).toEqual([]);
    expect(state.outcomes).toEqual({ fine: 19, 'finding: untyped': 0, mended: 1 });
  });
});

describe('the record', () => {
  const file = pathToFileURL(join(folder, 'soak.json'));
  const targets = { files: 4, folders: 3, cycles: 2, kills: 1 };
  const read = () => JSON.parse(readFileSync(file, 'utf8'));

  it('adds parts up, and keeps a longer run', () => {
    writeRecord(file, 'files', { ...newState(1), done: 4 }, targets);
    const lost = { index: 1, kind: 'lost', message: 'gone' } as const;
    writeRecord(file, 'kills', { ...newState(1), done: 1, findings: [lost] }, targets);
    expect(writeRecord(file, 'files', { ...newState(2), done: 3 }, targets)).toBe(false);
    writeRecord(file, 'cycles', { ...newState(1), done: 2, rssMb: [[300], [290, 300, 310, 305]] }, targets);
    expect(read()).toMatchObject({
      ...{ files: 4, folders: 0, crashes: 0, cycles: 2, rssStartMb: 290, rssEndMb: 305 },
      ...{
        kills: 1,
        halfTaken: 0,
        lost: 1,
        target: targets,
        parts: { files: { seed: 1 }, kills: { findings: [lost] } },
      },
    });
    const untyped = { index: 2, kind: 'untyped', message: 'TypeError' } as const;
    expect(writeRecord(file, 'files', { ...newState(2), done: 3, findings: [untyped] }, targets)).toBe(true);
    expect(read()).toMatchObject({ files: 3, crashes: 1 });
  });

  it('takes medians of the first and the last tenth of what was resident', () => {
    const samples = Array.from({ length: 30 }, (_, at) => 300 + (at % 3));
    expect(memoryOf([[1], samples])).toEqual({ start: 301, end: 301, highest: 302 });
    expect(memoryOf([[]])).toBeUndefined();
  });
});
