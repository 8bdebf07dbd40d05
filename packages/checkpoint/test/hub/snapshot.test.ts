/** Snapshots of the hub in a cache: the layout that Python shares, what is fetched, what is used without a network. */
import { lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProgressEvent } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { hubSnapshot } from '../../src/node/index.js';
import { hubCase } from '../support/hub-case.js';
import { id, someBytes, someFiles } from '../support/hub-files.js';
import { commitOf, gitBlobId, type HubFile, sha256 } from '../support/hub-server.js';

const files = someFiles();
const commit = commitOf(files);
const repositoryFolder = 'models--owner--tiny-model';

async function treeOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

describe('a snapshot', () => {
  it('lies in blobs, refs, snapshots and trees as Python lays it out', async () => {
    const { cacheDir, options } = await hubCase();
    const folder = await hubSnapshot(id, options);
    const root = join(cacheDir, repositoryFolder);
    expect(folder).toBe(join(root, 'snapshots', commit));
    const blobs = [...files].map(([, { bytes, isLarge }]) => (isLarge ? sha256(bytes) : gitBlobId(bytes)));
    expect(await treeOf(cacheDir)).toEqual(
      [
        ...blobs.map((name) => `${repositoryFolder}/blobs/${name}`),
        `${repositoryFolder}/refs/main`,
        ...[...files.keys()].map((path) => `${repositoryFolder}/snapshots/${commit}/${path}`),
        `${repositoryFolder}/trees/${commit}.json`,
      ].sort(),
    );
    expect(await readFile(join(root, 'refs/main'), 'utf8')).toBe(commit);
    for (const [path, { bytes, isLarge }] of files) {
      const up = path.includes('/') ? '../../../' : '../../';
      expect(await readlink(join(folder, path))).toBe(`${up}blobs/${isLarge ? sha256(bytes) : gitBlobId(bytes)}`);
      expect(sha256(await readFile(join(folder, path)))).toBe(sha256(bytes));
    }
    const large = files.get('vae/model.safetensors')?.bytes ?? new Uint8Array();
    expect(JSON.parse(await readFile(join(root, 'trees', `${commit}.json`), 'utf8'))).toMatchObject({
      format_version: 1,
      files: {
        'config.json': { size: 7, blob_id: gitBlobId(new TextEncoder().encode('{"a":1}')) },
        'vae/model.safetensors': { size: 3_000_000, lfs_sha256: sha256(large), lfs_size: 3_000_000 },
      },
    });
  });

  it('is fetched once, also by several calls at a time, and then costs one request', async () => {
    const { hub, options } = await hubCase();
    const folders = await Promise.all([1, 2, 3].map(() => hubSnapshot(id, options)));
    expect(new Set(folders).size).toBe(1);
    hub.requests.length = 0;
    expect(await hubSnapshot(id, options)).toBe(folders[0]);
    expect(hub.requests.map(({ url }) => url.split('?')[0])).toEqual([`/api/models/${id}/revision/main`]);
    hub.requests.length = 0;
    expect(await hubSnapshot(id, { ...options, revision: commit })).toBe(folders[0]);
    expect(hub.requests).toEqual([]);
  });

  it('holds the files that match patterns, and only those are fetched', async () => {
    const { hub, options } = await hubCase();
    const folder = await hubSnapshot(id, { ...options, allowPatterns: ['*.json', 'vae/*.t?t'] });
    expect(await treeOf(folder)).toEqual(['config.json', 'vae/config.json', 'vae/empty.txt']);
    expect(hub.requests.some(({ host }) => host === 'cdn')).toBe(false);
    const wider = await hubSnapshot(id, { ...options, allowPatterns: ['vae/'] });
    expect(wider).toBe(folder);
    expect(await treeOf(folder)).toContain('vae/model.safetensors');
    expect(await refusalOf(() => hubSnapshot(id, { ...options, allowPatterns: ['*.onnx'] }))).toMatchObject({
      code: 'not-found',
    });
  });

  it('reads a listing of many pages, whichever way they are linked', async () => {
    const many = new Map(
      Array.from({ length: 23 }, (_, n) => [`f${n}.txt`, { bytes: new TextEncoder().encode(`${n}`) }]),
    );
    for (const nextLink of [(next: string) => next, (next: string) => next.slice(new URL(next).origin.length)]) {
      const { hub, options } = await hubCase(many);
      hub.pageSize = 5;
      hub.nextLink = nextLink;
      expect(await readdir(await hubSnapshot(id, options))).toHaveLength(23);
    }
  });

  it('follows a branch that moves, sharing what did not change', async () => {
    const { hub, cacheDir, options } = await hubCase();
    const first = await hubSnapshot(id, options);
    const changed = new Map(someFiles()).set('config.json', { bytes: new TextEncoder().encode('{"a":2}') });
    hub.repositories.set(id, changed);
    hub.requests.length = 0;
    const second = await hubSnapshot(id, options);
    expect(second).not.toBe(first);
    expect(hub.requests.filter(({ url }) => url.includes('/resolve/'))).toHaveLength(1);
    expect(await readFile(join(second, 'config.json'), 'utf8')).toBe('{"a":2}');
    expect(await readFile(join(first, 'config.json'), 'utf8')).toBe('{"a":1}');
    expect(await readFile(join(cacheDir, repositoryFolder, 'refs/main'), 'utf8')).toBe(commitOf(changed));
  });

  it('replaces what is wrong in the cache: a cut blob, a link to elsewhere, a broken listing', async () => {
    const { cacheDir, options } = await hubCase();
    const folder = await hubSnapshot(id, options);
    const root = join(cacheDir, repositoryFolder);
    const bytes = files.get('vae/model.safetensors')?.bytes ?? new Uint8Array();
    await writeFile(join(root, 'blobs', sha256(bytes)), bytes.slice(0, 1000));
    await rm(join(folder, 'config.json'));
    await symlink('../../nowhere', join(folder, 'config.json'));
    await writeFile(join(root, 'trees', `${commit}.json`), '{"format_version": 1, "files": {"a": ');
    await hubSnapshot(id, options);
    expect(sha256(await readFile(join(folder, 'vae/model.safetensors')))).toBe(sha256(bytes));
    expect(await readFile(join(folder, 'config.json'), 'utf8')).toBe('{"a":1}');
    expect(await hubSnapshot(id, { ...options, localFilesOnly: true })).toBe(folder);
  });

  it('keeps files that lie in a snapshot themselves, as where links are not to be had', async () => {
    const { hub, cacheDir, options } = await hubCase();
    const folder = join(cacheDir, repositoryFolder, 'snapshots', commit, 'vae');
    await mkdir(folder, { recursive: true });
    const bytes = files.get('vae/model.safetensors')?.bytes ?? new Uint8Array();
    await writeFile(join(folder, 'model.safetensors'), bytes);
    await hubSnapshot(id, options);
    expect(hub.requests.some(({ host }) => host === 'cdn')).toBe(false);
    expect((await lstat(join(folder, 'model.safetensors'))).isFile()).toBe(true);
  });

  it('reports bytes up to the total', async () => {
    const { options } = await hubCase();
    const events: Extract<ProgressEvent, { kind: 'download' }>[] = [];
    await hubSnapshot(id, { ...options, onProgress: (event) => event.kind === 'download' && events.push(event) });
    const total = [...files.values()].reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
    expect(new Set(events.map((event) => `${event.repository} ${event.total}`))).toEqual(new Set([`${id} ${total}`]));
    expect(new Set(events.map(({ file }) => file))).toEqual(new Set(files.keys()));
    const done = events.map((event) => event.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(total);
    // 3 MB in steps of 1 MiB, and an end for each of the five files.
    expect(events.length).toBeLessThanOrEqual(8);
  });
});

describe('without a network', () => {
  it('what is in the cache is used, by branch and by commit, and nothing is asked', async () => {
    const { hub, options } = await hubCase();
    const folder = await hubSnapshot(id, options);
    hub.requests.length = 0;
    for (const revision of ['main', commit]) {
      expect(await hubSnapshot(id, { ...options, revision, localFilesOnly: true })).toBe(folder);
    }
    expect(hub.requests).toEqual([]);
  });

  it('what is not there is named', async () => {
    const { hub, options } = await hubCase();
    const offline = { ...options, localFilesOnly: true };
    expect(await refusalOf(() => hubSnapshot(id, offline))).toMatchObject({ code: 'offline' });
    await hubSnapshot(id, { ...options, allowPatterns: ['*.json'] });
    await hubSnapshot(id, { ...offline, allowPatterns: ['*.json'] });
    const error = await refusalOf(() => hubSnapshot(id, offline));
    expect(error).toMatchObject({ code: 'offline' });
    expect(error.message).toContain('vae/model.safetensors');
    expect(error.message).toContain('localFilesOnly');
    expect(await refusalOf(() => hubSnapshot(id, { ...offline, revision: 'v2' }))).toMatchObject({ code: 'offline' });
    expect(hub.requests.filter(({ host }) => host === 'cdn')).toEqual([]);
  });

  it('a snapshot of older software, which kept no listing, is used as it is', async () => {
    const { cacheDir, options } = await hubCase();
    const folder = await hubSnapshot(id, options);
    await rm(join(cacheDir, repositoryFolder, 'trees'), { recursive: true });
    await rm(join(folder, 'config.json'));
    expect(await hubSnapshot(id, { ...options, localFilesOnly: true })).toBe(folder);
  });

  it('an error of the connection says that the cache could be used, if it could', async () => {
    const { hub, options } = await hubCase();
    await hubSnapshot(id, { ...options, allowPatterns: ['*.json'] });
    await hub[Symbol.asyncDispose]();
    const unreachable = { ...options, retries: 0 };
    const error = await refusalOf(() => hubSnapshot(id, { ...unreachable, allowPatterns: ['*.json'] }));
    expect(error).toMatchObject({ code: 'network' });
    expect(error.message).toContain('localFilesOnly: true');
    expect((await refusalOf(() => hubSnapshot(id, unreachable))).message).not.toContain('localFilesOnly');
  });
});

describe('names from a caller', () => {
  it('never leave the cache', async () => {
    const { hub, cacheDir, options } = await hubCase();
    for (const wrong of [
      '../evil',
      'a/../b',
      'a',
      'a/b/c',
      '/a/b',
      'a/b.git',
      'a--b/c',
      '-a/b',
      'ä/b',
      'a/b ',
      '~/b',
    ]) {
      expect(await refusalOf(() => hubSnapshot(wrong, options))).toMatchObject({ code: 'input' });
    }
    for (const revision of [
      '../evil',
      'a/../../b',
      '',
      '/a',
      'a//b',
      'a b',
      'a\\b',
      '.a',
      'a.lock',
      'a\u0000',
      'a:b',
      'a@{1}',
    ]) {
      expect(await refusalOf(() => hubSnapshot(id, { ...options, revision }))).toMatchObject({ code: 'input' });
    }
    expect(hub.requests).toEqual([]);
    expect(await readdir(cacheDir)).toEqual([]);
  });
});

describe('a listing that is hostile', () => {
  const oneFile = (): Map<string, HubFile> => new Map([['b.json', { bytes: new TextEncoder().encode('{}') }]]);
  const oid = 'a'.repeat(40);
  const entry = { type: 'file', path: 'a.json', size: 1, oid };
  const lfs = { oid: 'b'.repeat(64), size: 1, pointerSize: 1 };
  for (const [name, wrong] of [
    ['a path that climbs', { ...entry, path: '../../evil' }],
    ['an absolute path', { ...entry, path: '/evil' }],
    ['a backslash', { ...entry, path: '..\\evil' }],
    ['no path', { ...entry, path: undefined }],
    ['an oid that is a path', { ...entry, oid: '../../../../evil' }],
    ['an oid of another length', { ...entry, oid: 'abc' }],
    ['a sha256 that is a path', { ...entry, lfs: { ...lfs, oid: '../../../../evil-blob' } }],
    ['a sha256 in capitals', { ...entry, lfs: { ...lfs, oid: 'B'.repeat(64) } }],
    ['a negative size', { ...entry, size: -1 }],
    ['a size that is a text', { ...entry, size: '1' }],
    ['two sizes', { ...entry, lfs: { ...lfs, size: 2 } }],
    ['an entry that is nothing', null],
  ] as const) {
    it(`with ${name} is refused and nothing is written`, async () => {
      const { hub, cacheDir, options } = await hubCase(oneFile());
      hub.changeListing = (entries) => [...entries, wrong as unknown as Record<string, unknown>];
      const error = await refusalOf(() => hubSnapshot(id, options));
      expect(['integrity', 'network']).toContain(error.code);
      expect(await treeOf(cacheDir)).toEqual([]);
      hub.changeListing = (entries) => entries;
      await hubSnapshot(id, options);
    });
  }

  it('that is no listing, lists twice, never ends or leads elsewhere is refused', async () => {
    const { hub, cacheDir, options } = await hubCase();
    for (const changed of [{ error: 'no' }, 'text', [entry, entry], 7]) {
      hub.changeListing = () => changed;
      const error = await refusalOf(() => hubSnapshot(id, options));
      expect(['integrity', 'network']).toContain(error.code);
    }
    hub.changeListing = (entries) => entries;
    hub.pageSize = 2;
    for (const nextLink of [
      () => `${hub.cdn}/evil`,
      () => 'http://',
      (next: string) => next.replace(/cursor=\d+/, 'cursor=2'),
    ]) {
      hub.nextLink = nextLink;
      expect(await refusalOf(() => hubSnapshot(id, { ...options, token: 'secret' }))).toMatchObject({
        code: 'network',
      });
    }
    expect(hub.requests.some(({ host }) => host === 'cdn')).toBe(false);
    expect(await treeOf(cacheDir)).toEqual([]);
  });

  it('with kinds of entries that are not known is read without them', async () => {
    const { hub, options } = await hubCase(oneFile());
    hub.changeListing = (entries) => [...entries, { type: 'submodule', path: 'x', oid, size: 0 }];
    expect(await readdir(await hubSnapshot(id, options))).not.toContain('x');
  });
});

it('many files at a time stay few requests at a time', async () => {
  const many = new Map(Array.from({ length: 12 }, (_, n) => [`f${n}.bin`, { bytes: someBytes(10, n), isLarge: true }]));
  const { hub, options } = await hubCase(many);
  let most = 0;
  const waiting: (() => void)[] = [];
  hub.fault = ({ host }) => {
    if (host !== 'cdn') return undefined;
    const until = new Promise<void>((resolve) => waiting.push(resolve));
    most = Math.max(most, waiting.length);
    if (waiting.length === 4) {
      // Long enough for a fifth request to come, if there were one.
      setTimeout(() => {
        for (const release of waiting.splice(0)) release();
      }, 50);
    }
    return { kind: 'wait', until };
  };
  await hubSnapshot(id, options);
  expect(most).toBe(4);
});
