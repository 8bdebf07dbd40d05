/** Files over HTTP ranges, against a real server. */
import { inspect } from 'node:util';
import { refusalOf } from '@mokus/core/testing';
import { openSafetensors } from '@mokus/safetensors';
import { describe, expect, it } from 'vitest';
import { httpSource, hubFileUrl } from '../../src/index.js';
import { hubCase } from '../support/hub-case.js';
import { id, someBytes } from '../support/hub-files.js';
import { tensorFile } from '../support/tensors.js';

const path = 'vae/model.safetensors';

async function largeFile(bytes = someBytes(100_000)) {
  const { hub } = await hubCase(new Map([[path, { bytes, isLarge: true }]]));
  return { hub, bytes, url: hubFileUrl(id, path, { endpoint: hub.endpoint }) };
}

describe('a file over HTTP', () => {
  it('has its size before anything is read, and reads exactly the ranges that are asked for', async () => {
    const { hub, bytes, url } = await largeFile();
    const source = await httpSource(url);
    expect(source.size).toBe(100_000);
    for (const [offset, length] of [
      [0, 8],
      [99_990, 10],
      [12_345, 50_000],
      [5, 0],
      [0, 100_000],
    ] as const) {
      expect(await source.read(offset, length)).toEqual(bytes.slice(offset, offset + length));
    }
    const asked = hub.requests.filter(({ host }) => host === 'cdn').map(({ range }) => range);
    expect(asked).toEqual(['bytes=0-0', 'bytes=0-7', 'bytes=99990-99999', 'bytes=12345-62344', 'bytes=0-99999']);
  });

  it('is opened as safetensors by its header alone', async () => {
    const bytes = await tensorFile({ a: Array.from({ length: 50_000 }, (_, index) => index), b: [7] });
    const { hub, url } = await largeFile(bytes);
    const file = await openSafetensors(await httpSource(url));
    expect([...file.tensors.keys()]).toEqual(['a', 'b']);
    const read = hub.requests.map(({ range }) => /=(\d+)-(\d+)/.exec(range ?? '') ?? []);
    const most = Math.max(...read.map(([, start, end]) => Number(end) - Number(start) + 1));
    expect(most).toBeLessThan(1000);
  });

  it('may be empty', async () => {
    const { url } = await largeFile(new Uint8Array());
    const source = await httpSource(url);
    expect(source.size).toBe(0);
    expect(await source.read(0, 0)).toEqual(new Uint8Array());
  });

  it('is refused outside its bounds', async () => {
    const { url } = await largeFile();
    const source = await httpSource(url);
    for (const [offset, length] of [
      [-1, 1],
      [0, 100_001],
      [0.5, 1],
    ] as const) {
      expect(await refusalOf(() => source.read(offset, length))).toMatchObject({ code: 'checkpoint' });
    }
  });

  it('is taken up where the connection broke off', async () => {
    const { hub, bytes, url } = await largeFile();
    const source = await httpSource(url);
    hub.requests.length = 0;
    let cuts = 0;
    hub.fault = ({ host }) => (host === 'cdn' && cuts++ < 2 ? { kind: 'cut', after: 30_000 } : undefined);
    expect(await source.read(10, 90_000)).toEqual(bytes.slice(10, 90_010));
    const starts = hub.requests
      .filter(({ host }) => host === 'cdn')
      .map(({ range }) => Number(/=(\d+)/.exec(range ?? '')?.[1]));
    expect(starts).toHaveLength(3);
    // What had arrived of each piece is not asked for again.
    expect(starts).toEqual([10, 30_010, 60_010]);
  });

  it('is refused where a server ignores ranges, at once and without reading it', async () => {
    const { hub, url } = await largeFile();
    hub.fault = () => ({ kind: 'ignoreRange' });
    const error = await refusalOf(() => httpSource(url));
    expect(error).toMatchObject({ code: 'network' });
    expect(error.message).toContain('ignores ranges');
    hub.fault = () => undefined;
    const source = await httpSource(url);
    hub.fault = () => ({ kind: 'ignoreRange' });
    expect((await refusalOf(() => source.read(5, 5))).message).toContain('ignores ranges');
  });

  it('that changed its length meanwhile is refused', async () => {
    const { hub, url } = await largeFile();
    const source = await httpSource(url);
    for (const length of [99_999, 100_001, 3]) {
      hub.fault = ({ host }) => (host === 'cdn' ? { kind: 'bytes', bytes: someBytes(length) } : undefined);
      expect(await refusalOf(() => source.read(50, 50))).toMatchObject({ code: 'integrity' });
    }
  });

  it('gets the token, and the server to which it is redirected does not', async () => {
    const { hub, url, bytes } = await largeFile();
    hub.token = 'secret-token';
    const source = await httpSource(url, { token: 'secret-token' });
    expect(await source.read(0, 10)).toEqual(bytes.slice(0, 10));
    const sent = (host: string) => hub.requests.filter((each) => each.host === host).map((each) => each.authorization);
    expect(new Set(sent('hub'))).toEqual(new Set(['Bearer secret-token']));
    expect(new Set(sent('cdn'))).toEqual(new Set([undefined]));
    for (const options of [{}, { token: 'wrong-token' }, { token: 'two\nlines' }, { token: '' }]) {
      const error = await refusalOf(() => httpSource(url, options));
      expect(error.code).toBe(options.token === undefined || options.token === 'wrong-token' ? 'access' : 'input');
      if (options.token) expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(options.token);
      expect(error.message).toContain('token');
    }
  });

  it('is not shown with what its address hides', async () => {
    const { hub } = await largeFile();
    const withPassword = hub.endpoint.replace('//', '//user:password@');
    for (const url of [`${withPassword}/a?key=secret`, `${hub.endpoint}/a/b/resolve/main/c?key=secret`, 'nonsense']) {
      const error = await refusalOf(() => httpSource(url, { retries: 0 }));
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/password@|secret/);
    }
  });

  it('stops when it is cancelled', async () => {
    const { hub, url } = await largeFile();
    const controller = new AbortController();
    const source = await httpSource(url, { signal: controller.signal });
    hub.fault = ({ host }) => {
      if (host !== 'cdn') return undefined;
      setTimeout(() => controller.abort(), 20);
      return { kind: 'stall', after: 100 };
    };
    expect(await refusalOf(() => source.read(0, 1000))).toMatchObject({ code: 'cancelled' });
    expect(await refusalOf(() => httpSource(url, { signal: controller.signal }))).toMatchObject({ code: 'cancelled' });
  });

  it('waits as the server asks, and no longer than a minute', async () => {
    const { hub, url } = await largeFile();
    let refusals = 0;
    hub.fault = () => (refusals++ < 2 ? { kind: 'status', status: 429, headers: { 'Retry-After': '0' } } : undefined);
    expect((await httpSource(url)).size).toBe(100_000);
    hub.fault = () => ({ kind: 'status', status: 429, headers: { 'Retry-After': '3600' } });
    hub.requests.length = 0;
    expect(await refusalOf(() => httpSource(url))).toMatchObject({
      code: 'rate-limit',
      details: { status: 429, retryAfter: 3600 },
    });
    expect(hub.requests).toHaveLength(1);
  });
});
