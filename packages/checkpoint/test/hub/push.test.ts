/** Uploads to the hub of the tests: what arrives, what is sent, every fault, and reading back. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { ProgressEvent } from '@mokus/core';
import { refusalOf } from '@mokus/core/testing';
import { describe, expect, it } from 'vitest';
import {
  givenFile,
  hubSnapshot,
  memoryFolder,
  nodeFolder,
  type PushOptions,
  pushFiles,
  pushFolder,
  type SavedFile,
} from '../../src/node/index.js';
import { hubCase } from '../support/hub-case.js';
import { id, someBytes } from '../support/hub-files.js';
import { commitOf, type Fault, type HubFile, type HubServer, type SeenRequest, sha256 } from '../support/hub-server.js';
import { temporaryFolder, writeFiles } from '../support/temporary-folder.js';

const large = someBytes(3_000_000);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const files: readonly SavedFile[] = [
  givenFile('config.json', text('{"a":2}')),
  givenFile('odd #1?%20 é.txt', text('odd name')),
  givenFile('empty.txt', text('')),
  inPieces('vae/model.safetensors', large),
];
const newId = 'someone/new-model';

/** A file that is made piece by piece, and has no ranges. */
function inPieces(path: string, bytes: Uint8Array): SavedFile {
  return {
    path,
    size: bytes.byteLength,
    chunks: async function* () {
      for (let at = 0; at < bytes.byteLength; at += 700_001) yield bytes.subarray(at, at + 700_001);
    },
  };
}

/** A hub with one repository, `owner/tiny-model`, of two files. */
async function pushCase(): Promise<{ hub: HubServer; cacheDir: string; options: PushOptions }> {
  const before = new Map<string, HubFile>([
    ['config.json', { bytes: text('{"a":1}') }],
    ['old.safetensors', { bytes: someBytes(1000), isLarge: true }],
  ]);
  const { hub, cacheDir } = await hubCase(before);
  return {
    hub,
    cacheDir,
    options: { endpoint: hub.endpoint, token: 'a-write-token', retries: 0 },
  };
}

function contentOf(held: ReadonlyMap<string, HubFile> | undefined): [string, string][] {
  return [...(held ?? [])].map(([path, { bytes }]): [string, string] => [path, sha256(bytes)]).sort();
}

const pushed: [string, string][] = await Promise.all(
  files.map(async ({ path, chunks }) => {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks()) parts.push(chunk);
    return [path, sha256(Buffer.concat(parts))];
  }),
);

const puts = (hub: HubServer): SeenRequest[] => hub.requests.filter(({ method }) => method === 'PUT');

describe('a push', () => {
  it('makes a repository with the files, and they are read back by their commit', async () => {
    const { hub, options } = await pushCase();
    const made = await pushFiles(newId, files, {
      ...options,
      private: true,
      commitMessage: 'First',
      commitDescription: 'Why',
    });
    expect(hub.uploads.made).toEqual(new Map([[newId, 'private']]));
    expect(hub.uploads.commits).toEqual([{ summary: 'First', description: 'Why' }]);
    const held = hub.repositories.get(newId) ?? new Map();
    expect(contentOf(held).filter(([path]) => path !== '.gitattributes')).toEqual([...pushed].sort());
    expect(made).toEqual({ commit: commitOf(held), url: `${hub.endpoint}/${newId}/commit/${commitOf(held)}` });
    const folder = await hubSnapshot(newId, { ...options, token: false, revision: made.commit });
    for (const [path, hash] of pushed) expect(sha256(await readFile(join(folder, path)))).toBe(hash);
  });

  it('into a repository that is there replaces files of its paths and keeps the others', async () => {
    const { hub, options } = await pushCase();
    const old = contentOf(hub.repositories.get(id)).filter(([path]) => path === 'old.safetensors');
    await pushFiles(id, files, options);
    expect(contentOf(hub.repositories.get(id))).toEqual([...old, ...pushed].sort());
    expect(hub.uploads.commits).toEqual([{ summary: 'Upload 4 files' }]);
    expect(hub.uploads.made.size).toBe(0);
  });

  it('sends the token to the hub alone, and large files once, with their length', async () => {
    const { hub, options } = await pushCase();
    hub.uploads.writeToken = 'a-write-token';
    await pushFiles(id, files, options);
    for (const { host, authorization } of hub.requests) {
      expect(authorization).toBe(host === 'hub' ? 'Bearer a-write-token' : undefined);
    }
    expect(puts(hub)).toHaveLength(1);
    hub.requests.length = 0;
    await pushFiles(id, files, options);
    expect(puts(hub)).toEqual([]);
  });

  it('sends a very large file in parts, with and without ranges', async () => {
    for (const folder of [undefined, memoryFolder('here', new Map([['vae/model.safetensors', large]]))]) {
      const { hub, options } = await pushCase();
      hub.uploads.partSize = 800_000;
      const sent: number[] = [];
      const onProgress = (event: ProgressEvent): void => {
        if (event.kind === 'upload' && event.step === 'send') sent.push(event.done / event.total);
      };
      const given = { ...options, onProgress };
      await (folder === undefined ? pushFiles(id, files, given) : pushFolder(id, folder, given));
      expect(puts(hub)).toHaveLength(4);
      expect(sent).toEqual([...sent].sort((a, b) => a - b));
      expect(sent.at(-1)).toBe(1);
      expect([...hub.uploads.storage.keys()]).toEqual([sha256(large)]);
    }
  });

  it('goes to a branch, which is made where there is none, or to a pull request', async () => {
    const { hub, options } = await pushCase();
    const main = contentOf(hub.repositories.get(id));
    const config = files.slice(0, 1);
    await pushFiles(id, config, { ...options, revision: 'feature/x' });
    expect(contentOf(hub.branches.get(`${id}@feature/x`))).toEqual([...main.slice(1), ...pushed.slice(0, 1)].sort());
    await pushFiles(id, config, { ...options, revision: 'feature/x' });
    const request = await pushFiles(id, config, { ...options, createPr: true });
    expect(request.pullRequestUrl).toBe(`${hub.endpoint}/${id}/discussions/1`);
    expect(contentOf(hub.branches.get(`${id}@refs/pr/1`))).toContainEqual(pushed[0]);
    expect(contentOf(hub.repositories.get(id))).toEqual(main);
    const folder = await hubSnapshot(id, { ...options, token: false, revision: 'feature/x' });
    expect(await readFile(join(folder, 'config.json'), 'utf8')).toBe('{"a":2}');
  });

  it('of a folder takes its files, those of hidden folders left out', async () => {
    const { hub, options } = await pushCase();
    const root = await temporaryFolder();
    await writeFiles(root, { 'a.json': '{}', 'vae/b.safetensors': large, '.git/HEAD': 'x' });
    await pushFolder(newId, await nodeFolder(root), options);
    expect(contentOf(hub.repositories.get(newId)).map(([path]) => path)).toEqual([
      '.gitattributes',
      'a.json',
      'vae/b.safetensors',
    ]);
    const { files: _, ...unlisted } = await nodeFolder(root);
    expect(await refusalOf(() => pushFolder(newId, unlisted, options))).toMatchObject({ code: 'unsupported' });
  });

  it('reports bytes, hashed and sent, up to the total', async () => {
    const { options } = await pushCase();
    const events: Extract<ProgressEvent, { kind: 'upload' }>[] = [];
    await pushFiles(id, files, { ...options, onProgress: (event) => event.kind === 'upload' && events.push(event) });
    const total = files.reduce((sum, { size }) => sum + size, 0);
    for (const step of ['hash', 'send'] as const) {
      const done = events.filter((event) => event.step === step).map((event) => event.done);
      expect(done.length).toBeGreaterThan(1);
      expect(done).toEqual([...done].sort((a, b) => a - b));
    }
    expect(new Set(events.map((event) => `${event.repository} ${event.total}`))).toEqual(new Set([`${id} ${total}`]));
    expect(events.at(-1)).toMatchObject({ step: 'send', done: total });
  });
});

describe('what is refused before anything is asked', () => {
  it.each<[string, string, readonly SavedFile[], PushOptions]>([
    ['a name that is no id', '../evil', files, {}],
    ['a branch that is none', id, files, { revision: '../x' }],
    ['a parent that is none', id, files, { parentCommit: 'a b' }],
    ['no files', id, [], {}],
    ['one path twice', id, [...files, ...files], {}],
    ['a misspelt option, which would publish', id, files, { privat: true } as PushOptions],
    ['a token that cannot be sent', id, files, { token: 'two\nlines' }],
  ])('%s', async (_name, to, what, more) => {
    const { hub, options } = await pushCase();
    expect(await refusalOf(() => pushFiles(to, what, { ...options, ...more }))).toMatchObject({ code: 'input' });
    expect(hub.requests).toEqual([]);
  });

  it('a misspelt option of a folder, by its name', async () => {
    const { hub, options } = await pushCase();
    const folder = memoryFolder('here', new Map([['a.json', text('{}')]]));
    const { message } = await refusalOf(() => pushFolder(newId, folder, { ...options, privat: true } as PushOptions));
    expect(message).toContain("pushFolder has no option 'privat'; its options are ");
    expect(hub.requests).toEqual([]);
  });

  it('a path that leaves the repository, and a call that was cancelled', async () => {
    const { hub, options } = await pushCase();
    const outside = [givenFile('../evil', text('x'))];
    expect(await refusalOf(() => pushFiles(id, outside, options))).toMatchObject({ code: 'checkpoint' });
    const cancelled = { ...options, signal: AbortSignal.abort() };
    expect(await refusalOf(() => pushFiles(id, files, cancelled))).toMatchObject({ code: 'cancelled' });
    expect(hub.requests).toEqual([]);
  });
});

describe('a fault of the hub', () => {
  const status = (code: number, retryAfter?: string): Fault => ({
    kind: 'status',
    status: code,
    headers: retryAfter === undefined ? {} : { 'Retry-After': retryAfter },
  });
  const steps: Readonly<Record<string, (request: SeenRequest) => boolean>> = {
    create: ({ url }) => url.startsWith('/api/repos/create'),
    preupload: ({ url }) => url.includes('/preupload/'),
    batch: ({ url }) => url.endsWith('/objects/batch'),
    put: ({ method }) => method === 'PUT',
    commit: ({ url }) => url.includes('/commit/'),
  };
  const cases: readonly [step: string, name: string, fault: Fault, code: string, mend: RegExp][] = [
    ['create', '403', status(403), 'access', /write access.*HF_TOKEN/],
    ['preupload', '401', status(401), 'access', /write access/],
    ['preupload', '404', status(404), 'not-found', /createRepo: true/],
    ['batch', '403', status(403), 'access', /write access/],
    ['batch', '429 for a day', status(429, '86400'), 'rate-limit', /asks to wait 86400 s/],
    ['put', '403, as of a signature that ran out', status(403), 'network', /the storage did not take the file/],
    ['put', '500', status(500), 'network', /call again later/],
    ['put', 'a connection that is cut in the middle', { kind: 'cut', after: 1_000_000 }, 'network', /call again/],
    ['commit', '400', status(400), 'input', /does not take what was sent/],
    ['commit', '409', status(409), 'conflict', /changed by somebody else/],
    ['commit', '412', status(412), 'conflict', /call again/],
    ['commit', '429', status(429), 'rate-limit', /call again later/],
    ['commit', 'an answer that is lost', { kind: 'cutAnswer' }, 'network', /Whether the commit was made is not known/],
    ['commit', 'an answer without a commit', { kind: 'bytes', bytes: text('{}') }, 'network', /names no commit/],
    ['batch', 'an answer that is no JSON', { kind: 'bytes', bytes: text('<html>') }, 'network', /is this a hub/],
  ];
  for (const [step, name, fault, code, mend] of cases) {
    it(`at the ${step}, ${name}, is a typed error, and the next call succeeds`, async () => {
      const { hub, options } = await pushCase();
      const before = contentOf(hub.repositories.get(id));
      const to = step === 'create' ? newId : id;
      hub.fault = (request) => (steps[step]?.(request) ? fault : undefined);
      const error = await refusalOf(() => pushFiles(to, files, options));
      expect(error).toMatchObject({ code });
      expect(error.message).toMatch(mend);
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/a-write-token|signature=/);
      if (fault.kind === 'status' || step === 'put') expect(contentOf(hub.repositories.get(id))).toEqual(before);
      hub.fault = () => undefined;
      await pushFiles(to, files, options);
      for (const each of pushed) expect(contentOf(hub.repositories.get(to))).toContainEqual(each);
    });
  }

  it('that passes is got over: a cut upload, and a hub that asks to wait', async () => {
    const { hub, options } = await pushCase();
    const seen = new Map<string, number>();
    hub.fault = (request) => {
      const step = Object.keys(steps).find((each) => steps[each]?.(request)) ?? '';
      seen.set(step, (seen.get(step) ?? 0) + 1);
      if ((seen.get(step) ?? 0) > 1) return undefined;
      return step === 'put' ? { kind: 'cut', after: 1_000_000 } : status(429, '0');
    };
    await pushFiles(id, files, { ...options, retries: 1 });
    expect([...seen.values()]).toEqual([2, 2, 2, 2, 2]);
    expect(hub.uploads.commits).toHaveLength(1);
  });

  it.each<Fault>([{ kind: 'cutAnswer' }, status(504)])(
    'of which nobody knows what became of the commit: %j',
    async (fault) => {
      const { hub, options } = await pushCase();
      hub.fault = (request) => (steps.commit?.(request) ? fault : undefined);
      const error = await refusalOf(() => pushFiles(id, files, { ...options, retries: 3 }));
      expect(error.message).toContain('Whether the commit was made is not known');
      expect(hub.requests.filter((request) => steps.commit?.(request))).toHaveLength(1);
    },
  );

  it('that wants large files put where they are not encrypted gets none', async () => {
    const { uploadFetch } = await import('../../src/hub/upload-fetch.js');
    const secure = { id, endpoint: 'https://hub.example', token: 'a-write-token' };
    const { hub } = await pushCase();
    const put = () => uploadFetch(secure)(`${hub.cdn}/upload/${sha256(large)}`, { method: 'PUT', body: 'x' });
    expect((await refusalOf(put)).message).toContain('not encrypted');
    expect(hub.requests).toEqual([]);
  });
});

describe('who may write', () => {
  it('without a token, or with one that may only read, it says what is needed', async () => {
    const { hub, options } = await pushCase();
    hub.uploads.writeToken = 'another-token';
    for (const token of [false, 'a-read-token'] as const) {
      for (const to of [id, newId]) {
        const error = await refusalOf(() => pushFiles(to, files, { ...options, token }));
        expect(error).toMatchObject({ code: 'access' });
        expect(error.message).toContain('write access');
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('a-read-token');
      }
    }
  });

  it('need not be allowed to make the repository', async () => {
    const { hub, options } = await pushCase();
    hub.fault = ({ url }) => (url.startsWith('/api/repos/create') ? { kind: 'status', status: 403 } : undefined);
    await pushFiles(id, files, options);
    expect(contentOf(hub.repositories.get(id))).toContainEqual(pushed[3]);
    hub.requests.length = 0;
    hub.fault = () => undefined;
    await pushFiles(id, files, { ...options, createRepo: false });
    expect(hub.requests.some(({ url }) => url.startsWith('/api/repos/create'))).toBe(false);
    expect(await refusalOf(() => pushFiles(newId, files, { ...options, createRepo: false }))).toMatchObject({
      code: 'not-found',
    });
  });

  it('is told when a branch moved since', async () => {
    const { hub, options } = await pushCase();
    const parentCommit = commitOf(hub.repositories.get(id) ?? new Map());
    await pushFiles(id, files, { ...options, parentCommit });
    const error = await refusalOf(() => pushFiles(id, files, { ...options, parentCommit }));
    expect(error).toMatchObject({ code: 'conflict', details: { status: 412 } });
    expect(error.message).toContain('A commit has happened since');
  });
});

describe('a push that is cancelled, or whose files change', () => {
  it.each(['hash', 'send'] as const)('while it is at the step %s, leaves the repository as it was', async (step) => {
    const { hub, options } = await pushCase();
    const before = contentOf(hub.repositories.get(id));
    const controller = new AbortController();
    const onProgress = (event: ProgressEvent): void => {
      if (event.kind === 'upload' && event.step === step) controller.abort();
    };
    const error = await refusalOf(() => pushFiles(id, files, { ...options, signal: controller.signal, onProgress }));
    expect(error).toMatchObject({ code: 'cancelled' });
    expect(contentOf(hub.repositories.get(id))).toEqual(before);
    expect(hub.uploads.commits).toEqual([]);
  });

  it('while the storage takes nothing more, ends', async () => {
    const { hub, options } = await pushCase();
    const controller = new AbortController();
    hub.fault = ({ method }) => {
      if (method !== 'PUT') return undefined;
      setTimeout(() => controller.abort(), 50);
      return { kind: 'stall', after: 100_000 };
    };
    const call = () => pushFiles(id, files, { ...options, signal: controller.signal });
    expect(await refusalOf(call)).toMatchObject({ code: 'cancelled' });
  });

  it('a file that is changed between its hash and its upload is an error that names it', async () => {
    const { hub, options } = await pushCase();
    const root = await temporaryFolder();
    // Large enough not to be hashed and sent at once.
    await writeFiles(root, { 'model.safetensors': someBytes(12_000_000) });
    hub.fault = ({ url }) => {
      if (!url.endsWith('/objects/batch')) return undefined;
      return { kind: 'wait', until: writeFile(join(root, 'model.safetensors'), 'other') };
    };
    const folder = await nodeFolder(root);
    const error = await refusalOf(() => pushFolder(id, folder, { ...options, retries: 2 }));
    expect(error).toMatchObject({ code: 'checkpoint', details: { file: join(root, 'model.safetensors') } });
    expect(error.message).toContain('changed since it was opened');
    expect(hub.uploads.commits).toEqual([]);
  });
});
