/** A folder on a real server, kept in a store. */
import type { ByteStore } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { expect, it } from 'vitest';
import { cachedFolder, httpFolder, hubFileUrl, missingFiles } from '../src/index.js';
import { folderStore } from '../src/node/index.js';
import { hubCase } from './support/hub-case.js';
import { id, someBytes } from './support/hub-files.js';

const contents = new Map([
  ['model_index.json', someBytes(300)],
  // More than is asked for at a time.
  ['vae/model.safetensors', someBytes(5_000_000)],
  ['text_encoder/model.safetensors', someBytes(20_000)],
]);
const listed = [...contents].map(([path, { length: size }]) => ({ path, size }));

async function servedFolder() {
  const { hub, cacheDir } = await hubCase(new Map([...contents].map(([path, bytes]) => [path, { bytes }])));
  const remote = httpFolder(id, (path) => hubFileUrl(id, path, { endpoint: hub.endpoint }));
  return { hub, remote, store: folderStore(cacheDir) };
}

it('fetches what is missing once, says how much that is, and is read without the server afterwards', async () => {
  const { hub, remote, store } = await servedFolder();
  expect(await missingFiles(listed, store)).toEqual(listed);
  const seen: number[] = [];
  await cachedFolder(remote, listed, store, {
    onProgress: (event) => event.kind === 'download' && seen.push(event.done, event.total),
  });
  expect(seen).toEqual([300, 4_194_604, 5_000_300, 5_020_300].flatMap((done) => [done, 5_020_300]));
  expect(await missingFiles(listed, store)).toEqual([]);

  const asked = hub.requests.length;
  const folder = await cachedFolder(remote, listed, store);
  for (const [path, bytes] of contents) {
    const source = await folder.open(path);
    expect(Buffer.compare(await source.read(0, source.size), bytes)).toBe(0);
    expect(await source.read(7, 100)).toEqual(bytes.slice(7, 107));
  }
  expect(await folder.exists('vae/config.json')).toBe(false);
  expect((await refusalOf(() => folder.open('vae/config.json'))).code).toBe('checkpoint');
  expect(hub.requests.length).toBe(asked);
});

it('keeps whole files alone when it is cut off, and goes on there', async () => {
  const { remote, store } = await servedFolder();
  const abort = new AbortController();
  const cut = cachedFolder(remote, listed, store, {
    signal: abort.signal,
    onProgress: (event) => event.kind === 'download' && event.file.startsWith('vae/') && abort.abort(),
  });
  expect((await refusalOf(() => cut)).code).toBe('cancelled');
  expect((await missingFiles(listed, store)).map(({ path }) => path)).toEqual([
    'vae/model.safetensors',
    'text_encoder/model.safetensors',
  ]);
  const folder = await cachedFolder(remote, listed, store);
  expect((await folder.open('vae/model.safetensors')).size).toBe(5_000_000);
});

it('has files without bytes, which a browser`s store cannot keep', async () => {
  const { remote, store } = await servedFolder();
  const withEmpty = [...listed, { path: 'tokenizer/merges.txt', size: 0 }];
  const keepsNoEmpty: ByteStore = {
    ...store,
    read: async (name) => {
      const source = await store.read(name);
      return source?.size === 0 ? undefined : source;
    },
  };
  const folder = await cachedFolder(remote, withEmpty, keepsNoEmpty);
  expect((await folder.open('tokenizer/merges.txt')).size).toBe(0);
  expect(await missingFiles(withEmpty, keepsNoEmpty)).toEqual([]);
});

it('refuses a file of another size than listed, and a path that would leave the folder', async () => {
  const { remote, store } = await servedFolder();
  const longer = [{ path: 'model_index.json', size: 301 }];
  const refused = await refusalOf(() => cachedFolder(remote, longer, store));
  expect([refused.code, refused.message]).toEqual(['integrity', expect.stringMatching(/300 bytes.*301/)]);
  const outside = [{ path: '../model_index.json', size: 300 }];
  expect((await refusalOf(() => cachedFolder(remote, outside, store))).code).toBe('checkpoint');
});
