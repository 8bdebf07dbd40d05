/** Saved folders on a disk: whole or not at all, and what may be replaced. */
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProgressEvent } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { type FolderSource, loadWeights, nodeFolder, saveCheckpoint } from '../src/node/index.js';
import { temporaryFolder, writeFiles } from './support/temporary-folder.js';
import { tensorFile } from './support/tensors.js';

/** A checkpoint beside an empty place for its copy. */
async function checkpoint(): Promise<{
  readonly folder: FolderSource;
  readonly root: string;
  readonly target: string;
}> {
  const root = await temporaryFolder();
  await writeFiles(join(root, 'model'), {
    'model_index.json': '{}',
    'llm/model.safetensors': await tensorFile({ a: [1, 2], b: [3] }),
    'tokenizer/tokenizer.json': '{"model":{}}',
  });
  return { folder: await nodeFolder(join(root, 'model')), root, target: join(root, 'saved') };
}

/** Relative paths of all files below. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

const names = ['llm/model.safetensors', 'model_index.json', 'mokus-edits.json', 'tokenizer/tokenizer.json'];

describe('a saved folder', () => {
  it('is written to a path or a URL, with the folders above it, and says how far it is', async () => {
    const { folder, root } = await checkpoint();
    const target = join(root, 'deep/down/saved');
    const events: ProgressEvent[] = [];
    await saveCheckpoint(folder, pathToFileURL(target), { onProgress: (event) => events.push(event) });
    expect(await filesIn(target)).toEqual(names);
    expect(await filesIn(dirname(target))).toEqual(names.map((name) => `saved/${name}`));
    const saves = events.filter((event) => event.kind === 'save');
    expect(new Set(saves.map(({ file }) => file))).toEqual(new Set(names));
    expect(saves.at(-1)?.done).toBe(saves.at(-1)?.total);
    for (const [at, event] of saves.entries()) expect(event.done).toBeGreaterThan(saves[at - 1]?.done ?? 0);
    expect((await loadWeights(await nodeFolder(target), 'llm')).get('a')?.shape).toEqual([2]);
  });

  it("is a folder of files, also from the links of the hub's cache; hidden folders stay behind", async () => {
    const { root } = await checkpoint();
    const snapshot = join(root, 'snapshots/0123');
    await writeFiles(root, {
      'blobs/aa': '{"linked":true}',
      'snapshots/0123/.git/HEAD': 'x',
      'elsewhere/b.json': '{}',
    });
    await symlink('../../blobs/aa', join(snapshot, 'config.json'));
    await symlink('../../elsewhere', join(snapshot, 'vae'));
    const target = join(root, 'saved');
    await saveCheckpoint(await nodeFolder(snapshot), target);
    expect(await filesIn(target)).toEqual(['config.json', 'mokus-edits.json', 'vae/b.json']);
    expect(await readFile(join(target, 'config.json'), 'utf8')).toBe('{"linked":true}');
  });

  it('is refused for a link that is broken, or leads back', async () => {
    const { folder, root, target } = await checkpoint();
    await symlink('gone', join(root, 'model/broken.json'));
    const broken = await refusalOf(() => saveCheckpoint(folder, target));
    expect(broken).toMatchObject({ code: 'checkpoint' });
    expect(broken.message).toContain('broken.json');
    const other = await checkpoint();
    await symlink('..', join(other.root, 'model/tokenizer/up'));
    expect((await refusalOf(() => saveCheckpoint(other.folder, other.target))).message).toContain('leads back');
    expect(await readdir(root)).toEqual(['model']);
  });
});

describe('a folder that is there', () => {
  it('is used when it is empty, and replaced when it was saved before', async () => {
    const { folder, root, target } = await checkpoint();
    await mkdir(target);
    await saveCheckpoint(folder, target);
    await writeFile(join(root, 'model/new.json'), '{}');
    await writeFile(join(target, 'old.json'), '{}');
    await saveCheckpoint(folder, target);
    expect(await filesIn(target)).toEqual([...names, 'new.json'].sort());
    expect((await readdir(root)).sort()).toEqual(['model', 'saved']);
  });

  it.each<[string, Record<string, string>]>([
    ['of somebody else', { 'thesis.tex': 'ten years' }],
    ['with a record of another kind', { 'mokus-edits.json': '{"edits":[]}' }],
    ['with a record that is no JSON', { 'mokus-edits.json': '{' }],
  ])('%s stays, unless overwrite is said', async (_name, files) => {
    const { folder, root, target } = await checkpoint();
    await writeFiles(target, files);
    const error = await refusalOf(() => saveCheckpoint(folder, target));
    expect(error).toMatchObject({ code: 'input', details: { file: target } });
    expect(error.message).toContain('overwrite: true');
    expect(await filesIn(target)).toEqual(Object.keys(files));
    await saveCheckpoint(folder, target, { overwrite: true });
    expect(await filesIn(target)).toEqual(names);
    expect((await readdir(root)).sort()).toEqual(['model', 'saved']);
  });

  it('keeps its name when it is a link', async () => {
    const { folder, root, target } = await checkpoint();
    await mkdir(join(root, 'real'));
    await symlink('real', target);
    await saveCheckpoint(folder, target);
    expect(await filesIn(join(root, 'real'))).toEqual(names);
    expect(await filesIn(target)).toEqual(names);
  });

  it('is never replaced when it holds the checkpoint or the working directory, or is a file', async () => {
    const { folder, root } = await checkpoint();
    await symlink('model', join(root, 'alias'));
    const targets = ['model', 'model/llm', 'model/new', 'alias', 'alias/new', '.'].map((path) => join(root, path));
    for (const target of targets) {
      const error = await refusalOf(() => saveCheckpoint(folder, target, { overwrite: true }));
      expect(error.code).toBe('input');
      expect(error.message).toContain('holds the checkpoint that is saved, or lies in it');
    }
    const error = await refusalOf(() => saveCheckpoint(folder, process.cwd(), { overwrite: true }));
    expect(error.message).toContain('holds the working directory');
    await writeFile(join(root, 'file'), '');
    expect((await refusalOf(() => saveCheckpoint(folder, join(root, 'file')))).message).toContain('is a file');
    expect((await refusalOf(() => saveCheckpoint(folder, join(root, 'file/below')))).code).toBe('disk');
    expect(await filesIn(join(root, 'model'))).toEqual(names.filter((name) => name !== 'mokus-edits.json'));
  });
});

describe('a save that does not end', () => {
  it.each(['nothing', 'a saved folder'])('leaves %s as it was', async (before) => {
    const { folder, root, target } = await checkpoint();
    if (before !== 'nothing') await saveCheckpoint(folder, target);
    const here = await readdir(root);
    const written = await filesIn(root);
    const controller = new AbortController();
    const cancelled = await refusalOf(() =>
      saveCheckpoint(folder, target, { signal: controller.signal, onProgress: () => controller.abort('enough') }),
    );
    expect(cancelled).toMatchObject({ code: 'cancelled' });
    const open: FolderSource['open'] = async (path) => {
      const source = await folder.open(path);
      if (path !== 'tokenizer/tokenizer.json') return source;
      // What reading a disk that fails does.
      return { ...source, read: () => Promise.reject(new Error('EIO')) };
    };
    await expect(saveCheckpoint({ ...folder, open }, target)).rejects.toThrow('EIO');
    expect(await readdir(root)).toEqual(here);
    expect(await filesIn(root)).toEqual(written);
  });

  it('is not begun when it is cancelled before', async () => {
    const { folder, root, target } = await checkpoint();
    const error = await refusalOf(() => saveCheckpoint(folder, target, { signal: AbortSignal.abort() }));
    expect(error.code).toBe('cancelled');
    expect(await readdir(root)).toEqual(['model']);
  });

  it('notices a file that changed while it was copied', async () => {
    const { folder, root, target } = await checkpoint();
    const open: FolderSource['open'] = async (path) => {
      const source = await folder.open(path);
      if (path === 'tokenizer/tokenizer.json') await writeFile(join(root, 'model', path), '{"other":1}');
      return source;
    };
    const error = await refusalOf(() => saveCheckpoint({ ...folder, open }, target));
    expect(error).toMatchObject({ code: 'checkpoint' });
    expect(error.message).toContain('was changed since it was opened');
    expect(await readdir(root)).toEqual(['model']);
  });
});
