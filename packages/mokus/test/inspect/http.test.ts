import { nodeFolder } from '@mokus/checkpoint/node';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { inspect } from '../../src/index.js';
import { fullSizeFolder } from '../support/full-size-folder.js';
import { serveRanges } from '../support/range-server.js';
import { tinyFolder } from '../support/tiny-folder.js';

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

  it('reads a repository of the hub, at its endpoint and revision', async () => {
    const folder = await nodeFolder(tinyFolder);
    const server = await serveRanges(folder, 'owner/tiny/resolve/v1/');
    const inspection = await inspect('owner/tiny', { endpoint: server.url, revision: 'v1', token: false });
    expect(inspection).toEqual({ ...(await inspect(tinyFolder)), name: 'owner/tiny' });
    expect(await refusalOf(() => inspect('owner/none', { endpoint: server.url, token: false }))).toMatchObject({
      code: 'checkpoint',
      details: { file: 'model_index.json' },
    });
  });

  it('refuses an address where nobody answers', async () => {
    const error = await refusalOf(() => inspect('http://127.0.0.1:1/nothing', { retries: 0 }));
    expect(error.code).toBe('network');
  });
});
