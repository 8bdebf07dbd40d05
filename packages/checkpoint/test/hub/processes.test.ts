/** Downloads in processes of their own: two at once, one that is killed, one whose disk is full. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { hubSnapshot } from '../../src/node/index.js';
import { hubCase } from '../support/hub-case.js';
import { id, someBytes } from '../support/hub-files.js';
import { startDownload } from '../support/hub-process.js';
import { type HubFile, sha256 } from '../support/hub-server.js';

const large = someBytes(4_000_000);
const blobs = 'models--owner--tiny-model/blobs';

function files(): Map<string, HubFile> {
  return new Map([
    ['config.json', { bytes: new TextEncoder().encode('{"a":1}') }],
    ['model.safetensors', { bytes: large, isLarge: true }],
  ]);
}

async function expectWhole(folder: string, cacheDir: string): Promise<void> {
  expect(sha256(await readFile(join(folder, 'model.safetensors')))).toBe(sha256(large));
  const others = (await readdir(join(cacheDir, blobs))).filter((name) => name.length !== 64 && name.length !== 40);
  expect(others).toEqual([]);
}

/** Resolves when an unfinished file holds something. */
async function halfWritten(folder: string): Promise<void> {
  for (;;) {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.incomplete'));
    const sizes = await Promise.all(
      names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size),
    );
    if (sizes.some((size) => size !== undefined && size >= 1_000_000)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

// Starting a process takes a second, and many on a machine that is busy.
describe('processes', { timeout: 180_000 }, () => {
  it('two at once both get the whole snapshot', async () => {
    const { hub, cacheDir, options } = await hubCase(files());
    // The first waits in the middle of its download until the second is as far.
    const waiting: (() => void)[] = [];
    hub.fault = ({ host }) => {
      if (host !== 'cdn') return undefined;
      const until = new Promise<void>((resolve) => waiting.push(resolve));
      if (waiting.length === 2) for (const release of waiting) release();
      return { kind: 'wait', until };
    };
    const outcomes = await Promise.all([1, 2].map(() => startDownload(id, options).outcome));
    hub.fault = () => undefined;
    const folder = await hubSnapshot(id, { ...options, localFilesOnly: true });
    expect(outcomes).toEqual([{ folder }, { folder }]);
    await expectWhole(folder, cacheDir);
    expect((await readdir(join(cacheDir, blobs))).length).toBe(2);
  });

  it('one that is killed leaves nothing that is taken for whole, and the next call goes on from there', async () => {
    const { hub, cacheDir, options } = await hubCase(files());
    hub.fault = ({ host }) => (host === 'cdn' ? { kind: 'stall', after: 2_000_000 } : undefined);
    const killed = startDownload(id, options);
    await halfWritten(join(cacheDir, blobs));
    killed.process.kill('SIGKILL');
    expect(await killed.outcome).toMatchObject({ signal: 'SIGKILL' });
    const left = await readdir(join(cacheDir, blobs));
    expect(left).not.toContain(sha256(large));
    const [part = ''] = left.filter((name) => name.endsWith('.incomplete'));
    const { size } = await stat(join(cacheDir, blobs, part));
    expect(size).toBeGreaterThanOrEqual(1_000_000);
    hub.fault = () => undefined;
    hub.requests.length = 0;
    expect(await refusalOf(() => hubSnapshot(id, { ...options, localFilesOnly: true }))).toMatchObject({
      code: 'offline',
    });
    await expectWhole(await hubSnapshot(id, options), cacheDir);
    const asked = hub.requests.filter(({ host }) => host === 'cdn').map(({ range }) => range);
    expect(asked).toEqual([`bytes=${size}-${large.byteLength - 1}`]);
  });

  it('one whose disk is full says so, and succeeds when there is room', async () => {
    const { cacheDir, options } = await hubCase(files());
    const full = await startDownload(id, options, 2048).outcome;
    expect(full).toMatchObject({ code: 'disk', message: expect.stringContaining('has room') });
    expect((await readdir(join(cacheDir, blobs))).filter((name) => !/^[0-9a-f]+$/.test(name))).toEqual([]);
    const { folder } = (await startDownload(id, options).outcome) as { folder: string };
    await expectWhole(folder, cacheDir);
  });
});
