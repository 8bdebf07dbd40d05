/** Every fault of a download: a typed error that says what to do, nothing half in the cache, and the next call succeeds. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { ProgressEvent } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import { hubSnapshot } from '../../src/node/index.js';
import { hubCase } from '../support/hub-case.js';
import { id, someBytes } from '../support/hub-files.js';
import { type Fault, gitBlobId, type HubFile, type SeenRequest, sha256 } from '../support/hub-server.js';

const size = 200_000;
const large = someBytes(size);
const small = new TextEncoder().encode('{"a":1}');
const repositoryFolder = 'models--owner--tiny-model';
const thisHost = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

function twoFiles(): Map<string, HubFile> {
  return new Map([
    ['config.json', { bytes: small }],
    ['model.safetensors', { bytes: large, isLarge: true }],
  ]);
}

/** The blobs of a repository in the cache: each is the beginning of a content or has its hash; no dead link. */
async function checkCache(cacheDir: string): Promise<string[]> {
  const root = join(cacheDir, repositoryFolder);
  const names = await readdir(join(root, 'blobs')).catch(() => []);
  const blobs = names.filter((name) => !name.endsWith('.incomplete'));
  for (const name of blobs) {
    const bytes = await readFile(join(root, 'blobs', name));
    expect(name).toBe(name.length === 64 ? sha256(bytes) : gitBlobId(bytes));
  }
  const snapshots = await readdir(join(root, 'snapshots'), { recursive: true, withFileTypes: true }).catch(() => []);
  for (const entry of snapshots.filter((each) => !each.isDirectory())) {
    await readFile(join(entry.parentPath, entry.name));
  }
  return blobs;
}

/** What downloads left unfinished. */
async function partsIn(cacheDir: string): Promise<string[]> {
  const names = await readdir(join(cacheDir, repositoryFolder, 'blobs')).catch(() => []);
  return names.filter((name) => !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name));
}

const onlyOnLarge =
  (fault: Fault) =>
  ({ host }: SeenRequest): Fault | undefined =>
    host === 'cdn' ? fault : undefined;

describe('a fault of the server', () => {
  const flipped = large.slice();
  flipped[100_000] = (flipped[100_000] ?? 0) ^ 1;
  const status = (code: number, retryAfter?: string): Fault => ({
    kind: 'status',
    status: code,
    headers: retryAfter === undefined ? {} : { 'Retry-After': retryAfter },
  });
  const cases: readonly [string, Fault, string, RegExp][] = [
    ['a connection that is always cut', { kind: 'cut', after: 0 }, 'network', /check the connection and call again/],
    ['a body that ends early, properly', { kind: 'short', after: 0 }, 'network', /call again/],
    ['a length that is less', { kind: 'bytes', bytes: large.slice(0, -1) }, 'integrity', /199999 bytes instead of/],
    ['a length that is more', { kind: 'bytes', bytes: someBytes(size + 1) }, 'integrity', /call again/],
    ['a wrong byte', { kind: 'bytes', bytes: flipped }, 'integrity', /hash .* instead of .*call again/],
    ['401', status(401), 'access', /give a token \(option token, or HF_TOKEN\)/],
    ['403', status(403), 'access', /accepting terms/],
    ['404', status(404), 'not-found', /check the name, the revision and the file/],
    ['429 without a time', status(429), 'rate-limit', /call again later/],
    ['429 for a day', status(429, '86400'), 'rate-limit', /asks to wait 86400 s/],
    ['500', status(500), 'network', /call again later/],
    ['503 until a date', status(503, 'Fri, 01 Jan 2100 00:00:00 GMT'), 'network', /asks to wait \d+ s/],
  ];
  for (const [name, fault, code, mend] of cases) {
    it(`${name} is a typed error, and the next call succeeds`, async () => {
      const { hub, cacheDir, options } = await hubCase(twoFiles());
      hub.fault = onlyOnLarge(fault);
      const error = await refusalOf(() => hubSnapshot(id, { ...options, retries: 1 }));
      expect(error).toMatchObject({ code });
      expect(error.message).toMatch(mend);
      expect(error.message).not.toContain('signature');
      expect(await checkCache(cacheDir)).not.toContain(sha256(large));
      expect(await refusalOf(() => hubSnapshot(id, { ...options, localFilesOnly: true }))).toMatchObject({
        code: 'offline',
      });
      hub.fault = () => undefined;
      const folder = await hubSnapshot(id, options);
      expect(sha256(await readFile(join(folder, 'model.safetensors')))).toBe(sha256(large));
      expect(await checkCache(cacheDir)).toHaveLength(2);
      expect(await partsIn(cacheDir)).toEqual([]);
    });
  }

  it('a small file with a wrong byte is refused by its git hash', async () => {
    const { hub, cacheDir, options } = await hubCase(twoFiles());
    hub.fault = ({ url }) =>
      url.endsWith('config.json') ? { kind: 'bytes', bytes: new TextEncoder().encode('{"a":2}') } : undefined;
    expect(await refusalOf(() => hubSnapshot(id, options))).toMatchObject({ code: 'integrity' });
    await checkCache(cacheDir);
    hub.fault = () => undefined;
    await hubSnapshot(id, options);
  });

  it('statuses of the listing are told apart as well', async () => {
    const { hub, options } = await hubCase(twoFiles());
    hub.token = 'right-token';
    const codeOf = async (more: object): Promise<string> =>
      (await refusalOf(() => hubSnapshot(id, { ...options, ...more }))).code;
    expect(await codeOf({})).toBe('access');
    expect(await codeOf({ token: 'wrong-token' })).toBe('access');
    const given = { ...options, token: 'right-token' };
    expect((await refusalOf(() => hubSnapshot('owner/other', given))).message).toContain('Repository not found');
    expect(await codeOf({ token: 'right-token', revision: 'v7' })).toBe('not-found');
    hub.fault = () => status(429, '61');
    expect(await codeOf({ token: 'right-token' })).toBe('rate-limit');
    hub.fault = () => ({ kind: 'status', status: 200 });
    expect(await codeOf({ token: 'right-token' })).toBe('network');
    hub.fault = () => undefined;
    await hubSnapshot(id, given);
  });
});

describe('a fault that passes', () => {
  it('a connection that is cut is taken up where it broke off', async () => {
    const { hub, cacheDir, options } = await hubCase(twoFiles());
    let cuts = 0;
    hub.fault = ({ host }) => (host === 'cdn' && cuts++ < 3 ? { kind: 'cut', after: 50_000 } : undefined);
    await hubSnapshot(id, options);
    const ranges = hub.requests.filter(({ host }) => host === 'cdn').map(({ range }) => range);
    expect(ranges).toEqual([undefined, 'bytes=50000-199999', 'bytes=100000-199999', 'bytes=150000-199999']);
    expect(await checkCache(cacheDir)).toHaveLength(2);
  });

  it('a server that ignores ranges is read from the start again, without keeping anything twice', async () => {
    const { hub, cacheDir, options } = await hubCase(twoFiles());
    let cuts = 0;
    hub.fault = ({ host }) => {
      if (host !== 'cdn') return undefined;
      return cuts++ < 1 ? { kind: 'cut', after: 50_000 } : { kind: 'ignoreRange' };
    };
    await hubSnapshot(id, options);
    expect(await checkCache(cacheDir)).toHaveLength(2);
  });

  it('a server that asks to wait gets its wait', async () => {
    const { hub, options } = await hubCase(twoFiles());
    const asked: number[] = [];
    hub.fault = ({ host }) => {
      if (host !== 'cdn') return undefined;
      asked.push(performance.now());
      return asked.length === 1 ? { kind: 'status', status: 429, headers: { 'Retry-After': '1' } } : undefined;
    };
    await hubSnapshot(id, options);
    // A lower bound that the machine's speed cannot break: timers never fire early by more than a millisecond.
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThan(990);
  });
});

describe('a token', () => {
  const token = 'not-hf-but-a-secret';

  it('goes to the hub and not to where it redirects', async () => {
    const { hub, cacheDir, options } = await hubCase(twoFiles());
    hub.token = token;
    await hubSnapshot(id, { ...options, token });
    for (const { host, authorization } of hub.requests) {
      expect(authorization).toBe(host === 'hub' ? `Bearer ${token}` : undefined);
    }
    for (const entry of await readdir(cacheDir, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) expect(await readFile(join(entry.parentPath, entry.name), 'latin1')).not.toContain(token);
    }
  });

  it('is in no error, though the server says it back', async () => {
    const { hub, options } = await hubCase(twoFiles());
    const echo = { 'X-Error-Message': `token ${token} is wrong`, 'X-Error-Code': token };
    for (const [host, code] of [
      ['hub', 403],
      ['cdn', 403],
      ['hub', 500],
      ['cdn', 500],
    ] as const) {
      hub.fault = (request) => (request.host === host ? { kind: 'status', status: code, headers: echo } : undefined);
      const error = await refusalOf(() => hubSnapshot(id, { ...options, token, retries: 0 }));
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(token);
    }
    hub.fault = () => undefined;
    hub.changeListing = () => [{ type: 'file', path: `../${token}`, oid: token, size: 1 }];
    await hub[Symbol.asyncDispose]();
    const error = await refusalOf(() => hubSnapshot(id, { ...options, token, retries: 0 }));
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(token);
  });
});

describe('cancelling', () => {
  it('a download leaves nothing that is taken for whole, and what the cache held before', async () => {
    const { hub, cacheDir, options } = await hubCase(twoFiles());
    const before = await hubSnapshot(id, options);
    const changed = someBytes(size, 2);
    hub.repositories.set(id, twoFiles().set('model.safetensors', { bytes: changed, isLarge: true }));
    const controller = new AbortController();
    hub.fault = ({ host }) => {
      if (host !== 'cdn') return undefined;
      setTimeout(() => controller.abort(), 30);
      return { kind: 'stall', after: 100_000 };
    };
    const call = () => hubSnapshot(id, { ...options, signal: controller.signal });
    expect(await refusalOf(call)).toMatchObject({ code: 'cancelled' });
    expect(await checkCache(cacheDir)).toHaveLength(2);
    expect(await hubSnapshot(id, { ...options, localFilesOnly: true })).toBe(before);
    hub.fault = () => undefined;
    hub.requests.length = 0;
    expect(await refusalOf(call)).toMatchObject({ code: 'cancelled' });
    expect(hub.requests).toEqual([]);
    expect(sha256(await readFile(join(await hubSnapshot(id, options), 'model.safetensors')))).toBe(sha256(changed));
  });

  it('ends a wait that a server asked for', async () => {
    const { hub, options } = await hubCase(twoFiles());
    const controller = new AbortController();
    hub.fault = () => {
      setTimeout(() => controller.abort(), 30);
      return { kind: 'status', status: 429, headers: { 'Retry-After': '50' } };
    };
    expect(await refusalOf(() => hubSnapshot(id, { ...options, signal: controller.signal }))).toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('the disk', () => {
  it('a cache that cannot be made is a typed error', async () => {
    const { cacheDir, options } = await hubCase(twoFiles());
    await writeFile(join(cacheDir, 'file'), '');
    const error = await refusalOf(() => hubSnapshot(id, { ...options, cacheDir: join(cacheDir, 'file') }));
    expect(error).toMatchObject({ code: 'disk' });
    expect(error.message).toContain('choose a folder');
  });

  it('a listing that cannot be kept does not keep a cache that is whole from being used', async () => {
    const { cacheDir, options } = await hubCase(twoFiles());
    const folder = await hubSnapshot(id, options);
    await rm(join(cacheDir, repositoryFolder, 'trees'), { recursive: true });
    await writeFile(join(cacheDir, repositoryFolder, 'trees'), 'no folder');
    expect(await hubSnapshot(id, options)).toBe(folder);
  });
});

describe('a download that was left unfinished', () => {
  /** Cuts the connection of the large file after so many bytes, for good: the call fails with a part in the cache. */
  async function cutAt(after: number) {
    const given = await hubCase(twoFiles());
    // The small file is there already, so what the next call fetches does not hang on which of the two came first.
    await hubSnapshot(id, { ...given.options, allowPatterns: ['*.json'] });
    given.hub.fault = onlyOnLarge({ kind: 'cut', after });
    expect(await refusalOf(() => hubSnapshot(id, { ...given.options, retries: 0 }))).toMatchObject({ code: 'network' });
    given.hub.fault = () => undefined;
    given.hub.requests.length = 0;
    const [name = ''] = await partsIn(given.cacheDir);
    const part = join(given.cacheDir, repositoryFolder, 'blobs', name);
    // Not all that was sent arrives before the cut does.
    const kept = (await stat(part)).size;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThanOrEqual(after);
    return { ...given, part, rest: `bytes=${kept}-${size - 1}` };
  }
  const rangesOf = (requests: readonly SeenRequest[]): (string | undefined)[] =>
    requests.filter(({ host }) => host === 'cdn').map(({ range }) => range);

  it('is gone on with by the next call, which verifies all of it', async () => {
    const { hub, cacheDir, options, rest } = await cutAt(120_000);
    const done: number[] = [];
    await hubSnapshot(id, { ...options, onProgress: (event) => event.kind === 'download' && done.push(event.done) });
    expect(rangesOf(hub.requests)).toEqual([rest]);
    expect(done.at(-1)).toBe(size);
    expect(await checkCache(cacheDir)).toHaveLength(2);
    expect(await partsIn(cacheDir)).toEqual([]);
  });

  it('is begun anew where its bytes are wrong, too many, or the server knows no ranges', async () => {
    const wrong = await cutAt(120_000);
    await writeFile(wrong.part, someBytes(120_000, 7));
    const events: number[] = [];
    const onProgress = (event: ProgressEvent): unknown => event.kind === 'download' && events.push(event.done);
    await hubSnapshot(id, { ...wrong.options, onProgress });
    expect(rangesOf(wrong.hub.requests)).toEqual(['bytes=120000-199999', undefined]);
    expect(events.at(-1)).toBe(size);
    const long = await cutAt(120_000);
    await writeFile(long.part, someBytes(300_000, 7));
    await hubSnapshot(id, long.options);
    expect(rangesOf(long.hub.requests)).toEqual([undefined]);
    const plain = await cutAt(120_000);
    plain.hub.fault = onlyOnLarge({ kind: 'ignoreRange' });
    await hubSnapshot(id, plain.options);
    for (const { cacheDir } of [wrong, long, plain]) {
      expect(await checkCache(cacheDir)).toHaveLength(2);
      expect(await partsIn(cacheDir)).toEqual([]);
    }
  });

  it('of another content is not taken: a file that changed on the hub is fetched from its start', async () => {
    const { hub, cacheDir, options } = await cutAt(120_000);
    const changed = someBytes(size, 2);
    hub.repositories.set(id, twoFiles().set('model.safetensors', { bytes: changed, isLarge: true }));
    await hubSnapshot(id, options);
    expect(rangesOf(hub.requests)).toEqual([undefined]);
    expect(await checkCache(cacheDir)).toContain(sha256(changed));
  });

  it('by Python is taken after an hour, the longest first; what others write is left alone', async () => {
    const { hub, cacheDir, options } = await hubCase(twoFiles());
    const blobs = join(cacheDir, repositoryFolder, 'blobs');
    await mkdir(blobs, { recursive: true });
    const hoursAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
    const writer = spawnSync(process.execPath, ['-e', '']).pid;
    const parts: readonly [name: string, bytes: number, isOld: boolean][] = [
      ['0123abcd', 50_000, true],
      ['4567abcd', 90_000, true],
      ['89ababcd', 150_000, false],
      // Of another machine, and of this one: of a process that ended, and of one that runs.
      ['00000000-1-0123abcd', 160_000, false],
      [`${thisHost}-${writer}-0123abcd`, 70_000, false],
      [`${thisHost}-${process.ppid}-0123abcd`, 170_000, false],
    ];
    for (const [name, bytes, isOld] of parts) {
      const path = join(blobs, `${sha256(large)}.${name}.incomplete`);
      await writeFile(path, large.subarray(0, bytes));
      if (isOld) await utimes(path, hoursAgo, hoursAgo);
    }
    await hubSnapshot(id, options);
    expect(rangesOf(hub.requests)).toEqual(['bytes=90000-199999']);
    const left = ['89ababcd', '00000000-1-0123abcd', `${thisHost}-${process.ppid}-0123abcd`];
    expect(await partsIn(cacheDir)).toEqual(left.map((name) => `${sha256(large)}.${name}.incomplete`).sort());
    expect(await checkCache(cacheDir)).toHaveLength(2);
  });
});
