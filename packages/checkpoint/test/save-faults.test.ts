/** Saving in processes that are killed, or whose disk is full: what was there stays whole, and the next save tidies up. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FolderSource, loadEdit, nodeFolder, saveCheckpoint, saveEdit, saveLora } from '../src/node/index.js';
import { contentOf, straysIn } from './support/on-disk.js';
import { type Kind, kinds, places, someEdit, someLora, startSave } from './support/save-process.js';
import { temporaryFolder, writeFiles } from './support/temporary-folder.js';
import { tensorFile } from './support/tensors.js';

/** `.NAME.HOST-PID-RANDOM.tmp` */
const temporary = /^\.(?:edit\.safetensors|lora\.safetensors|saved)\.[0-9a-f]{8}-\d+-[0-9a-f]{8}\.tmp$/;

const save: Readonly<Record<Kind, (folder: string) => Promise<void>>> = {
  edit: (folder) => saveEdit(join(folder, places.edit), someEdit(1)),
  lora: (folder) => saveLora(join(folder, places.lora), someLora(1)),
  folder: async (folder) => saveCheckpoint(await nodeFolder(join(folder, 'model')), join(folder, places.folder)),
};

/** A folder where each kind has been saved once, and a larger checkpoint to be saved next. */
async function savedOnce(): Promise<string> {
  const folder = await temporaryFolder();
  await writeFiles(join(folder, 'model'), { 'model_index.json': '{"version":1}', 'vae/config.json': '{}' });
  for (const kind of kinds) await save[kind](folder);
  const large = await tensorFile({ w: Array.from({ length: 1_000_000 }, (_, index) => index) });
  await writeFiles(join(folder, 'model'), { 'model_index.json': '{"version":2}', 'llm/model.safetensors': large });
  return folder;
}

/** Resolves when something is being written, or the process has ended. */
async function inTheMiddle(folder: string, ended: Promise<unknown>): Promise<void> {
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    for (const name of (await straysIn(folder)).filter((each) => temporary.test(each))) {
      const inner = await readdir(join(folder, name), { recursive: true }).catch(() => ['']);
      for (const file of inner) {
        const stats = await stat(join(folder, name, file)).catch(() => undefined);
        if (stats?.isFile() && stats.size > 0) return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

// Starting a process takes a second, and many on a machine that is busy.
describe('a save', { timeout: 300_000 }, () => {
  it.each(kinds)('of one %s that is killed leaves the old one, and what the next removes', async (kind) => {
    const folder = await savedOnce();
    const place = join(folder, places[kind]);
    const before = await contentOf(place);
    // 96 MB, or a folder's save that never ends: the kill comes before the last byte is on the disk.
    const started = startSave(folder, { kinds: [kind], count: 24, stall: true });
    await inTheMiddle(folder, started.outcome);
    started.process.kill('SIGKILL');
    expect(await started.outcome).toMatchObject({ signal: 'SIGKILL' });
    expect(await contentOf(place)).toBe(before);
    const strays = await straysIn(folder);
    expect(strays).toHaveLength(1);
    expect(strays[0]).toMatch(temporary);
    await save[kind](folder);
    expect(await straysIn(folder)).toEqual([]);
    if (kind === 'edit') expect((await loadEdit(place)).sites.size).toBe(1);
    if (kind === 'folder') expect(await readFile(join(place, 'model_index.json'), 'utf8')).toBe('{"version":2}');
  });

  it('whose disk is full says so and leaves the old one, and nothing else', async () => {
    const folder = await savedOnce();
    const before = await Promise.all(kinds.map((kind) => contentOf(join(folder, places[kind]))));
    const refusals = await startSave(folder, { kinds, count: 1 }, 2048).outcome;
    const full = { code: 'disk', message: expect.stringContaining('has room') };
    expect(refusals).toEqual([full, full, full]);
    expect(await Promise.all(kinds.map((kind) => contentOf(join(folder, places[kind]))))).toEqual(before);
    expect(await straysIn(folder)).toEqual([]);
    expect(await startSave(folder, { kinds, count: 1 }).outcome).toEqual([]);
  });
});

describe('a folder whose replacing was killed between its two renames', () => {
  const host = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
  const ended = spawnSync(process.execPath, ['-e', '']).pid;

  async function cutBetween(): Promise<{
    readonly folder: string;
    readonly place: string;
    readonly model: FolderSource;
  }> {
    const folder = await savedOnce();
    const place = join(folder, places.folder);
    await rename(place, join(folder, `.saved.${host}-${ended}-0123abcd.old`));
    await mkdir(join(folder, `.saved.${host}-${ended}-4567abcd.tmp`));
    return { folder, place, model: await nodeFolder(join(folder, 'model')) };
  }

  it('has its name back after the next save, whether that one ends or not', async () => {
    const { folder, place, model } = await cutBetween();
    const open: FolderSource['open'] = async (path) => {
      const source = await model.open(path);
      // What reading a disk that fails does.
      return { ...source, read: () => Promise.reject(new Error('EIO')) };
    };
    await expect(saveCheckpoint({ ...model, open }, place)).rejects.toThrow('EIO');
    expect(await readFile(join(place, 'model_index.json'), 'utf8')).toBe('{"version":1}');
    expect(await straysIn(folder)).toEqual([]);
    const again = await cutBetween();
    await saveCheckpoint(again.model, again.place);
    expect(await readFile(join(again.place, 'model_index.json'), 'utf8')).toBe('{"version":2}');
    expect(await straysIn(again.folder)).toEqual([]);
  });

  it('is told from what a process that runs put aside, and from hidden files of others', async () => {
    const { folder, place, model } = await cutBetween();
    const others = ['.saved.backup.old', '.saved.notes.tmp', `.saved.${host}-${process.ppid}-0123abcd.old`];
    for (const name of others) await writeFile(join(folder, name), 'kept');
    await saveCheckpoint(model, place);
    expect((await straysIn(folder)).sort()).toEqual([...others].sort());
  });
});
