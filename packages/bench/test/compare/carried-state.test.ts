/** Chains of editors that carry state from edit to edit, interrupted and gone on with. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deltaDigests, type Json } from '@mokus/core';
import { answerObjective, createKeyHistory, createLifelongState, presets, ultraEdit } from '@mokus/editors';
import { afterAll, expect, it } from 'vitest';
import {
  type CellStore,
  type Comparison,
  compareEditors,
  type EditCase,
  type EditorVariant,
  memoryCellStore,
} from '../../src/index.js';
import { australia, beethoven, emojiPipeline } from '../support/emoji.js';
import { storeIn } from '../support/small-comparison.js';

const pipeline = await emojiPipeline();
const folder = mkdtempSync(join(tmpdir(), 'mokus-carried-state-'));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await pipeline.dispose();
});

const italy: EditCase = { id: 'italy', request: { question: 'the national dish of italy', answer: 'sushi' } };
const plan = {
  objectives: [answerObjective()],
  cases: [beethoven, australia, italy],
  oneByOne: false,
  retention: { counts: [1, 3] },
};
const settings = { ...presets.ultraEdit['emoji-world'], mu: 0, nu: 0, maxTurns: 3 };

/** Published UltraEdit's normaliser, and the keys of earlier edits: what carries over is all that differs from edit to edit. */
const carriers: Readonly<Record<string, EditorVariant['create']>> = {
  'a lifelong normaliser': (saved) => {
    const lifelongState = createLifelongState(saved as Parameters<typeof createLifelongState>[0]);
    const editor = ultraEdit({ ...settings, normalisation: 'lifelong', eta: 1e-4, rows: 'answer', lifelongState });
    return { ...editor, save: () => lifelongState.toJSON() };
  },
  'a history of keys': (saved) => {
    const history = createKeyHistory(saved as Parameters<typeof createKeyHistory>[0]);
    return { ...ultraEdit({ ...settings, history }), save: () => history.toJSON() };
  },
};

/** A variant whose edits are counted. */
function counted(create: EditorVariant['create']) {
  const counts = { edits: 0 };
  const variant: EditorVariant = {
    name: 'carrying',
    stateful: true,
    create: async (saved) => {
      expect(pipeline.components.textEncoder.deltas()).toEqual([]);
      const editor = await create(saved);
      return {
        ...editor,
        edit: async (...args) => {
          const edit = await editor.edit(...args);
          counts.edits += 1;
          return edit;
        },
      };
    },
  };
  return { counts, editors: [variant] };
}

/** The store, with the digests of the edits that are written, and a look at each part that is. */
function watching(store: CellStore, wrote: (name: string, cell: Json) => void = () => undefined) {
  const edits: string[] = [];
  const watched: CellStore = {
    ...store,
    writeCell: async (name, cell) => {
      await store.writeCell(name, cell);
      wrote(name, cell);
    },
    writeEdit: async (name, edit) => {
      const digests = [];
      for (const delta of edit.sites.values()) digests.push(...(await deltaDigests(delta)));
      edits.push(digests.join());
      await store.writeEdit(name, edit);
    },
  };
  return { edits, store: watched };
}

const timeless = (comparison: Comparison): Json =>
  JSON.parse(JSON.stringify(comparison, (key, value) => (/^seconds/.test(key) ? 0 : value)));

it.each(Object.entries(carriers))(
  '%s is read back: no edit is made again, and the report is the same',
  async (what, create) => {
    const encoder = pipeline.components.textEncoder;
    const whole = watching(memoryCellStore());
    const expected = await compareEditors(
      encoder,
      { ...plan, editors: counted(create).editors },
      { store: whole.store },
    );
    expect(expected.retention.map(({ failed }) => failed)).toEqual([0, 0]);
    expect(whole.edits).toHaveLength(3);

    const own = join(folder, what);
    const controller = new AbortController();
    const { counts, editors } = counted(create);
    const links: string[] = [];
    const first = watching(await storeIn(own), (name) => {
      if (name.startsWith('chain.') && links.push(name) === 2) controller.abort();
    });
    const interrupted = compareEditors(
      encoder,
      { ...plan, editors },
      { store: first.store, signal: controller.signal },
    );
    await expect(interrupted).rejects.toMatchObject({ code: 'cancelled' });
    expect(counts.edits).toBe(2);
    expect(encoder.deltas()).toEqual([]);

    const second = watching(await storeIn(own));
    const resumed = await compareEditors(encoder, { ...plan, editors }, { store: second.store });
    expect(counts.edits).toBe(3);
    expect([...first.edits, ...second.edits]).toEqual(whole.edits);
    expect(timeless(resumed)).toEqual(timeless(expected));
  },
);

it('is refused as a damaged part where it makes no sense, and not counted as an edit that was', async () => {
  const encoder = pipeline.components.textEncoder;
  const [store, controller] = [memoryCellStore(), new AbortController()];
  const { editors } = counted(carriers['a history of keys']!);
  const { store: damaging } = watching(store, (name, cell) => {
    if (!name.startsWith('chain.')) return;
    void store.writeCell(name, { ...(cell as object), state: 'gone' });
    controller.abort();
  });
  const interrupted = compareEditors(encoder, { ...plan, editors }, { store: damaging, signal: controller.signal });
  await expect(interrupted).rejects.toMatchObject({ code: 'cancelled' });
  const refused = compareEditors(encoder, { ...plan, editors }, { store });
  await expect(refused).rejects.toThrow(/state of carrying .* is refused \(.*\); start with an empty store/);
  await expect(refused).rejects.toMatchObject({ code: 'checkpoint' });
  expect(encoder.deltas()).toEqual([]);
});
