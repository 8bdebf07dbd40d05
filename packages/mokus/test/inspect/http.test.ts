import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { commitOf } from '../../../checkpoint/test/support/hub-server.js';
import { inspect } from '../../src/index.js';
import { fullSizeFolder } from '../support/full-size-folder.js';
import { serveRanges } from '../support/range-server.js';
import { tinyFolder } from '../support/tiny-folder.js';
import { tinyHub, tinyId } from '../support/tiny-hub.js';

describe('inspect over HTTP', () => {
  it('reads 58 GB by their headers: ranges only, and what it finds is what a folder says', async () => {
    const folder = await fullSizeFolder();
    const server = await serveRanges(folder);
    const { name, ...found } = await inspect(`${server.url}/`);
    const { name: _, ...expected } = await inspect(folder);
    expect(name).toBe(`${server.url}/`);
    expect(found).toEqual(expected);
    expect(found.components.reduce((sum, { stored }) => sum + stored.bytes, 0)).toBeGreaterThan(57e9);
    // The server refuses whole files with 400 and tensors' bytes with 500.
    expect(new Set(server.requests.map((request) => request.split(' ')[1]))).toEqual(new Set(['206', '404']));
    // Headers and indices are 0.6 MB together.
    expect(server.bytes()).toBeLessThan(1e6);
    // No header is read twice.
    const reads = server.requests.filter((request) => request.includes(' 206 '));
    expect(new Set(reads).size).toBe(reads.length);
  }, 300_000);

  it('reads a repository of the hub in ranges, all of it as of the commit that its branch was at', async () => {
    const { hub, options } = await tinyHub();
    const before = hub.repositories.get(tinyId) ?? new Map();
    const commit = commitOf(before);
    hub.fault = ({ url }) => {
      // The branch moves when the first file has been read: another model, without a transformer.
      if (!url.endsWith('/model_index.json')) return undefined;
      const moved = [...before].filter(([path]) => !path.startsWith('transformer/'));
      hub.repositories.set(tinyId, new Map([...moved, ['text_encoder/config.json', { bytes: new Uint8Array() }]]));
      return undefined;
    };
    const expected = { ...(await inspect(tinyFolder)), name: tinyId };
    expect(await inspect(tinyId, options)).toEqual(expected);
    const read = hub.requests.filter(({ url }) => url.includes('/resolve/'));
    expect(read.length).toBeGreaterThan(5);
    for (const { url, range } of read) {
      expect(url).toContain(`/resolve/${commit}/`);
      expect(range).toMatch(/^bytes=\d+-\d+$/);
    }
    const asked = hub.requests.filter(({ url }) => url.startsWith('/api/')).map(({ url }) => url.split('?')[0]);
    expect(asked).toEqual([`/api/models/${tinyId}/revision/main`]);
    expect(await inspect(tinyId, { ...options, revision: commit })).toEqual(expected);
    expect(await refusalOf(() => inspect(tinyId, options))).toMatchObject({ code: 'checkpoint' });
    expect(await refusalOf(() => inspect('owner/none', options))).toMatchObject({ code: 'not-found' });
    expect(await refusalOf(() => inspect(tinyId, { ...options, revision: 'v7' }))).toMatchObject({ code: 'not-found' });
  }, 180_000);

  it('refuses an address where nobody answers', async () => {
    const error = await refusalOf(() => inspect('http://127.0.0.1:1/nothing', { retries: 0 }));
    expect(error.code).toBe('network');
  });
});
