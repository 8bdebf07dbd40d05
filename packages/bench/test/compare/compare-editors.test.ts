import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Editor, type Json, MokusError, type ProgressEvent } from '@mokus/core';
import { presets, ultraEdit } from '@mokus/editors';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Comparison,
  compareEditors,
  comparisonTable,
  memoryCellStore,
  type RetentionMode,
} from '../../src/index.js';
import { writeReport } from '../../src/node.js';
import { beethoven, emojiPipeline } from '../support/emoji.js';
import { smallPlan, storeIn } from '../support/small-comparison.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mokus-compare-'));
const pipeline = await emojiPipeline();
const plan = await smallPlan();
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await pipeline.dispose();
});

type CompareEvent = Extract<ProgressEvent, { kind: 'compare' }>;

/** Collects what a comparison reports. */
function recorder(then: (event: ProgressEvent) => void = () => undefined) {
  const events: ProgressEvent[] = [];
  return {
    cells: (): CompareEvent[] => events.filter((event) => event.kind === 'compare'),
    edits: () => events.filter((event) => event.kind === 'edit').length,
    onProgress: (event: ProgressEvent): void => {
      events.push(event);
      then(event);
    },
  };
}

/** Without what no two runs share: times. */
function timeless(comparison: Comparison): Json {
  return JSON.parse(JSON.stringify(comparison, (key, value) => (/^seconds/.test(key) ? 0 : value)));
}

/** Two baselines; four variants with two cases and with two counts. */
const parts = 2 + 4 * (2 + 2);

describe('compareEditors', () => {
  let whole: Comparison;
  beforeAll(async () => {
    const { cells, onProgress } = recorder();
    whole = await compareEditors(pipeline, plan, { onProgress, versions: { runtime: 'test' } });
    expect(cells().map(({ done }) => done)).toEqual(Array.from({ length: parts }, (_, at) => at + 1));
    expect(cells().every(({ total, restored }) => total === parts && !restored)).toBe(true);
  }, 600_000);

  it('measures every editor with every objective on every case, and leaves the model as it was', () => {
    expect(pipeline.components.textEncoder.deltas()).toEqual([]);
    expect(whole.cells.map(({ editor, objective, case: id }) => [editor, objective, id].join(' '))).toEqual([
      'UltraEdit answer beethoven',
      'UltraEdit answer australia',
      'UltraEdit conditioning beethoven',
      'UltraEdit conditioning australia',
      'FT-M answer beethoven',
      'FT-M answer australia',
      'FT-M conditioning beethoven',
      'FT-M conditioning australia',
    ]);
    const [answer, conditioning] = whole.summary;
    expect(answer).toMatchObject({ editor: 'UltraEdit', objective: 'answer', edits: 2, failed: 0 });
    expect(answer?.rates).toMatchObject({ reliability: 1, textEfficacy: 1 });
    // The answer objective moves the conditioning less far: 0.2 apart here, the gap's cause.
    expect(conditioning?.state.after.toNew as number).toBeGreaterThan(answer?.state.after.toNew as number);
    expect(conditioning?.velocityError.after as number).toBeLessThan(conditioning?.velocityError.before as number);
    for (const { rates } of whole.summary) {
      expect(rates.modalityGap).toBeCloseTo((rates.textEfficacy as number) - (rates.pictures.efficacy as number), 12);
    }
    const [first] = whole.cells;
    expect(first?.made?.options).toMatchObject({ eta: 0.03, maxTurns: 10 });
    expect(first?.made?.editBytes).toBeGreaterThan(0);
    expect(first?.made?.pictures.map(({ role }) => role)).toEqual(['efficacy', 'paraphrase', 'locality', 'locality']);
    expect(whole.baselines[0]?.text).toMatchObject({ answer: 'piano', reliability: 0, locality: 1 });
    expect(whole.versions).toMatchObject({ runtime: 'test', '@mokus/bench': expect.any(String) });
    expect(whole.settings.pictures).toMatchObject({ seeds: [5], draw: { steps: 4, size: 64 } });
  });

  it('measures many edits once after all, one after the other and together', async () => {
    const chain = whole.retention.slice(0, 2);
    const { retention: joint } = await compareEditors(pipeline, {
      ...plan,
      editors: plan.editors.slice(0, 1),
      objectives: plan.objectives.slice(0, 1),
      oneByOne: false,
      retention: { counts: [1, 2], modes: ['joint'] },
    });
    expect([...chain, ...joint].map(({ mode, edits, failed }) => [mode, edits, failed])).toEqual([
      ['sequential', 1, 0],
      ['sequential', 2, 0],
      ['joint', 1, 0],
      ['joint', 2, 0],
    ]);
    // One edit is the same alone, first in a chain, and in a call of its own.
    const [single] = whole.cells;
    for (const cell of [chain[0], joint[0]]) {
      expect(cell?.rates.reliability).toBe(single?.made?.text.reliability);
      expect(cell?.rates.locality).toBe(single?.made?.text.locality);
      expect(cell?.rates.pictures.efficacy).toBe(Number(single?.made?.pictures[0]?.verdict?.holds));
    }
    // Both of two edits in one call are there afterwards.
    expect(joint[1]?.rates.reliability).toBe(1);
  }, 240_000);

  it('draws after recalling where that is asked for, and counts the texts that name the new answer', async () => {
    const recalling = {
      ...plan,
      editors: plan.editors.slice(0, 1),
      objectives: plan.objectives.slice(0, 1),
      cases: [beethoven],
      retention: undefined,
      pictures: { ...plan.pictures, recall: { join: (answer: string) => `what is ${answer}?` }, velocity: false },
    };
    const { settings, summary, cells } = await compareEditors(pipeline, recalling);
    expect(settings.pictures?.draw).toMatchObject({ recall: { join: expect.stringContaining('what is') } });
    const [edited, ...others] = cells[0]?.made?.pictures ?? [];
    expect(edited?.recalled).toEqual({ text: beethoven.request.answer, namesAnswer: true });
    // The plain prompt of the answer is what is drawn, so the picture follows the text.
    expect(edited?.verdict?.holds).toBe(true);
    expect(others.map(({ recalled }) => recalled?.text)).not.toContain(undefined);
    expect(summary[0]?.rates.pictures).toMatchObject({ efficacy: 1, recalled: 1 });
    expect(summary[0]?.rates.modalityGap).toBe(0);
    expect(comparisonTable({ summary, retention: [] })).toMatch(/recalled text names it +100\.0 %/);
    expect(whole.summary[0]?.rates.pictures.recalled).toBeUndefined();
  }, 240_000);

  it('goes on after kill -9 without doing again what was done, and ends as if nothing had happened', async () => {
    const killed = join(folder, 'killed');
    const program = join(root, 'packages/bench/test/support/compare-process.ts');
    const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
    const args = [tsx, '--tsconfig', join(root, 'tsconfig.json'), program, killed];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    let complaints = '';
    child.stderr?.on('data', (text) => {
      complaints += String(text);
    });
    const ended = once(child, 'exit');
    const finished = (): string[] =>
      existsSync(join(killed, 'cells'))
        ? readdirSync(join(killed, 'cells')).filter((name) => /^[^.].*\.json$/.test(name))
        : [];
    while (finished().length < 4 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 20));
    // The loader runs the program in a process of its own: the whole group is killed.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    await ended;
    const done = finished();
    expect(done.length, complaints).toBeGreaterThanOrEqual(4);
    expect(done.length).toBeLessThan(parts);
    const stamps = () => done.map((name) => statSync(join(killed, 'cells', name), { bigint: true }).mtimeNs);
    const before = stamps();

    const resumed = recorder();
    const store = await storeIn(killed);
    const versions = { runtime: 'test' };
    const comparison = await compareEditors(pipeline, plan, { store, onProgress: resumed.onProgress, versions });
    expect(timeless(comparison)).toEqual(timeless(whole));
    const restored = resumed.cells().filter((cell) => cell.restored).length;
    // Edits of a chain are among the files, and no parts of their own.
    expect(restored).toBe(done.filter((name) => !name.startsWith('chain.')).length);
    expect(stamps()).toEqual(before);

    const again = recorder();
    expect(await compareEditors(pipeline, plan, { store, onProgress: again.onProgress, versions })).toEqual(comparison);
    expect(again.cells().every((cell) => cell.restored)).toBe(true);
    expect(again.edits()).toBe(0);

    const { json, html } = await writeReport(store, comparison);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual(JSON.parse(JSON.stringify(comparison)));
    checkReport(readFileSync(html, 'utf8'), comparison);
  }, 600_000);

  it('makes no edit of a chain again that an interrupted run has made', async () => {
    const [editor] = plan.editors;
    let made = 0;
    const counted = {
      ...editor!,
      create: async () => {
        // What an editor is made with, such as statistics, is of the unedited model.
        expect(pipeline.components.textEncoder.deltas()).toEqual([]);
        const real = await editor!.create();
        return {
          name: real.name,
          edit: (...args: Parameters<typeof real.edit>) => {
            made += 1;
            return real.edit(...args);
          },
        };
      },
    };
    const chain = {
      ...plan,
      editors: [counted],
      objectives: plan.objectives.slice(0, 1),
      oneByOne: false,
      retention: { counts: [1, 2] },
    };
    const store = memoryCellStore();
    const controller = new AbortController();
    const { onProgress } = recorder((event) => {
      if (event.kind === 'compare' && event.cell.endsWith('sequential 1')) controller.abort();
    });
    const cancelled = compareEditors(pipeline, chain, { store, onProgress, signal: controller.signal });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    expect(pipeline.components.textEncoder.deltas()).toEqual([]);
    expect(made).toBe(1);
    const { retention, summary } = await compareEditors(pipeline, chain, { store });
    expect(made).toBe(2);
    expect(summary).toEqual([]);
    expect(retention.map(({ rates }) => rates)).toEqual(whole.retention.slice(0, 2).map(({ rates }) => rates));

    // State that an editor carries and does not save is gone, so its chain is made from the start.
    const stateful = { ...chain, editors: [{ ...counted, name: 'stateful', stateful: true }] };
    const once = new AbortController();
    const stop = recorder((event) => {
      if (event.kind === 'compare' && event.cell.endsWith('sequential 1')) once.abort();
    });
    made = 0;
    const first = compareEditors(pipeline, stateful, { store, onProgress: stop.onProgress, signal: once.signal });
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    await compareEditors(pipeline, stateful, { store });
    expect(made).toBe(3);
  }, 240_000);

  it('takes no part of the model with other adapters for one of its own', async () => {
    const edit = async () => {
      throw new MokusError('edit', 'nothing is written');
    };
    const refusing = {
      ...plan,
      editors: [{ name: 'none', create: () => ({ name: 'none', edit }) }],
      objectives: plan.objectives.slice(0, 1),
      cases: [beethoven],
      retention: undefined,
      pictures: { ...plan.pictures, velocity: false },
    };
    const store = memoryCellStore();
    const restored = async (): Promise<boolean[]> => {
      const { cells, onProgress } = recorder();
      await compareEditors(pipeline, refusing, { store, onProgress });
      return cells().map((cell) => cell.restored);
    };
    expect(await restored()).toEqual([false, false]);
    const { id, dIn, dOut } = pipeline.components.dit.sites[0]!;
    const module = { dIn, dOut, rank: 1, alpha: 1, down: new Float32Array(dIn), up: new Float32Array(dOut) };
    await pipeline.addAdapter('style', { modules: new Map([[id, module]]) });
    expect(await restored()).toEqual([false, false]);
    await pipeline.deleteAdapters('style');
    expect(await restored()).toEqual([true, true]);
  }, 120_000);

  it('counts an edit that is refused, and goes on', async () => {
    // An editor that protects locality prompts cannot encode this one; nothing else reads it.
    const locality = ['a very long prompt '.repeat(2000)];
    const refused = { id: 'refused', request: { question: 'the national animal of india', answer: 'lion', locality } };
    const settings = { ...presets.ultraEdit['emoji-world'], mu: 0, maxTurns: 2 };
    const { cells, summary, retention } = await compareEditors(pipeline.components.textEncoder, {
      editors: [{ name: 'UltraEdit', create: () => ultraEdit(settings) }],
      objectives: plan.objectives.slice(0, 1),
      cases: [refused, ...plan.cases.slice(0, 1)],
      retention: { counts: [2] },
    });
    expect(cells.map(({ error }) => error?.code)).toEqual(['prompt', undefined]);
    expect(summary[0]).toMatchObject({ edits: 1, failed: 1 });
    expect(summary[0]?.rates.pictures.efficacy).toBeUndefined();
    expect(retention[0]).toMatchObject({ edits: 2, failed: 1, error: { code: 'prompt' } });
  }, 240_000);

  it('ends with a device that fails, and makes that edit when it is run again', async () => {
    const encoder = pipeline.components.textEncoder;
    let works = false;
    const create = () => ({
      name: 'unlucky',
      edit: (...args: Parameters<Editor['edit']>) => {
        if (!works) throw new MokusError('device-lost', 'the device went away');
        return ultraEdit({ ...presets.ultraEdit['emoji-world'], mu: 0, maxTurns: 1 }).edit(...args);
      },
    });
    const [objective, ...cases] = [plan.objectives[0]!, plan.cases[0]!];
    const unlucky = { editors: [{ name: 'unlucky', create }], objectives: [objective], cases };
    const store = memoryCellStore();
    await expect(compareEditors(encoder, unlucky, { store })).rejects.toMatchObject({ code: 'device-lost' });
    works = true;
    const { summary } = await compareEditors(encoder, unlucky, { store });
    expect(summary[0]).toMatchObject({ edits: 1, failed: 0 });
  }, 240_000);

  it('refuses a plan that makes no sense, naming the field', async () => {
    const encoder = pipeline.components.textEncoder;
    const wrong: [string, Promise<Comparison>][] = [
      ['editors', compareEditors(pipeline, { ...plan, editors: [] })],
      ['objectives', compareEditors(pipeline, { ...plan, objectives: [plan.objectives[0]!, plan.objectives[0]!] })],
      ['cases', compareEditors(pipeline, { ...plan, cases: [plan.cases[0]!, plan.cases[0]!] })],
      ['pictures', compareEditors(encoder, plan)],
      ['pictures.seeds', compareEditors(pipeline, { ...plan, pictures: { seeds: [] } })],
      ['retention.counts', compareEditors(pipeline, { ...plan, retention: { counts: [2, 1] } })],
      ['retention.counts', compareEditors(pipeline, { ...plan, retention: { counts: [3] } })],
    ];
    const retention = { counts: [1] };
    const modes = ['both'] as unknown as RetentionMode[];
    const misspelt = { seed: 1 } as object;
    wrong.push(
      ['seed', compareEditors(pipeline, { ...plan, ...misspelt })],
      ['seed', compareEditors(pipeline, { ...plan, pictures: misspelt })],
      ['seed', compareEditors(pipeline, { ...plan, retention: { ...retention, ...misspelt } })],
      ['seed', compareEditors(pipeline, plan, misspelt)],
      ['retention.modes', compareEditors(pipeline, { ...plan, retention: { ...retention, modes } })],
      ['retention.pictureCases', compareEditors(pipeline, { ...plan, retention: { ...retention, pictureCases: -1 } })],
      ['pictures.shown', compareEditors(pipeline, { ...plan, pictures: { shown: 0.5 } })],
      ['fluencyTokens', compareEditors(pipeline, { ...plan, fluencyTokens: Number.NaN })],
      ['naturalPrompt', compareEditors(pipeline, { ...plan, naturalPrompt: 'what is it?' })],
      ['batchSize', compareEditors(pipeline, { ...plan, pictures: { ...plan.pictures, batchSize: 0 } })],
    );
    for (const [field, refused] of wrong) {
      await expect(refused).rejects.toMatchObject({ code: 'input', details: { field } });
    }
    const { id, dOut, dIn } = encoder.sites[0]!;
    const handle = encoder.pushDelta(id, { kind: 'dense', dOut, dIn, delta: new Float32Array(dOut * dIn) });
    await expect(compareEditors(pipeline, plan)).rejects.toMatchObject({ code: 'input', details: { field: 'model' } });
    encoder.popDelta(handle);
  });

  it('prints as a table with a line for each variant', () => {
    const table = comparisonTable(whole);
    for (const word of ['UltraEdit', 'FT-M', 'modality gap', 'reliability', 'sequential', '100.0 %']) {
      expect(table).toContain(word);
    }
    // Nothing of these cases measures portability.
    expect(table).not.toContain('portability');
  });
});

/** One page without anything outside it, with every part that a reader needs. */
function checkReport(html: string, comparison: Comparison): void {
  // Markers of a plot's lines are the only addresses, and they lie in the page.
  expect(/<script|<link|\shref=|url\((?!#)/.test(html)).toBe(false);
  const { document } = parseHTML(html);
  const titles = [...document.querySelectorAll('h2')].map(({ textContent }) => textContent);
  expect(titles).toEqual([
    'Editors',
    'Plots',
    'After many edits',
    'Pictures before and after',
    'Hyper-parameters',
    'Settings and seeds',
    'Versions',
  ]);
  const captions = [...document.querySelectorAll('figcaption')].map(({ textContent }) => textContent);
  expect(captions.map((caption) => caption?.split(':')[0])).toEqual([
    'Modality gap',
    'Time of one edit (median)',
    ...Array(4).fill('Retention'),
  ]);
  const plots = [...document.querySelectorAll('figure')].map((figure) => figure.querySelector('svg[width="720"]'));
  expect(plots.every((plot) => plot !== null)).toBe(true);
  // An end for the answers and one for the pictures of each variant.
  expect(plots[0]?.querySelectorAll('[aria-label="dot"] circle')).toHaveLength(2 * comparison.summary.length);
  expect(plots[1]?.querySelectorAll('[aria-label="bar"] rect')).toHaveLength(comparison.summary.length);
  expect(plots[2]?.querySelectorAll('[aria-label="line"] > path')).toHaveLength(comparison.summary.length);
  const images = [...document.querySelectorAll('img')].map((image) => image.getAttribute('src') ?? '');
  const kept = [...comparison.baselines, ...comparison.cells.flatMap(({ made }) => made ?? [])];
  expect(images).toHaveLength(kept.flatMap(({ pictures }) => pictures).length);
  for (const image of images) expect(image).toMatch(/^data:image\/png;base64,iVBOR/);
  const text = document.body.textContent ?? '';
  for (const part of ['"eta": 0.03', '"seeds": [', '@mokus/bench', '@mokus/editors', 'favourite instrument']) {
    expect(text).toContain(part);
  }
}
