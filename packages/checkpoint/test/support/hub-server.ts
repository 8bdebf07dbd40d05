/**
 * A hub on the loopback: model info, listings in pages, files by redirect to another port with ETags and ranges, as the
 * real one serves them, and what it answers to uploads. A test adds faults and reads what was asked.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { HubUploads } from './hub-uploads.js';

/** What goes wrong with one request. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The connection is cut after so many bytes of the body (of an upload: of what is sent), though more was announced. */
  | { readonly kind: 'cut'; readonly after: number }
  /** An upload is taken, and the connection is cut before its answer. */
  | { readonly kind: 'cutAnswer' }
  /** The body ends properly after so many bytes, with no length announced. */
  | { readonly kind: 'short'; readonly after: number }
  /** So many bytes of the body, and then nothing, with the connection open. */
  | { readonly kind: 'stall'; readonly after: number }
  /** Other bytes, announced as what they are. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'ignoreRange' }
  /** The answer waits for this. */
  | { readonly kind: 'wait'; readonly until: Promise<void> };

export interface SeenRequest {
  /** `cdn` is the other port, to which large files are redirected. */
  readonly host: 'hub' | 'cdn';
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

export interface HubFile {
  readonly bytes: Uint8Array;
  /** Whether it is stored by its SHA-256 and served by the other port. */
  readonly isLarge?: boolean;
}

export interface HubServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly cdn: string;
  readonly requests: SeenRequest[];
  /** What the branch `main` of each repository holds, by id. A commit is what it held once. */
  readonly repositories: Map<string, Map<string, HubFile>>;
  /** Other branches and pull requests, by `ID@NAME`. */
  readonly branches: Map<string, Map<string, HubFile>>;
  readonly uploads: HubUploads;
  /** The files of a revision: a branch, or a commit that was served or pushed before. */
  filesAt(id: string, revision: string): Map<string, HubFile> | undefined;
  /** Token without which nothing is answered; none by default. */
  token: string | undefined;
  /** Entries in a page of a listing. Default 1000. */
  pageSize: number;
  /** How the link to the next page is written. Default absolute. */
  nextLink: (absolute: string) => string;
  /** What is put in place of the listing's entries. */
  changeListing: (entries: Record<string, unknown>[]) => unknown;
  /** Asked for each request. Default: nothing goes wrong. */
  fault: (request: SeenRequest) => Fault | undefined;
}

export function gitBlobId(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A commit hash that stands for the content, so that a changed repository has another. */
export function commitOf(files: ReadonlyMap<string, HubFile>): string {
  const hash = createHash('sha1');
  for (const [path, { bytes }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(path).update(bytes);
  return hash.digest('hex');
}

/** Starts a hub on two free ports of the loopback. */
export async function startHub(): Promise<HubServer> {
  const hub = createServer((request, response) => void answer('hub', request, response));
  const cdn = createServer((request, response) => void answer('cdn', request, response));
  const commits = new Map<string, Map<string, HubFile>>();
  const server: HubServer = {
    endpoint: await listen(hub),
    cdn: await listen(cdn),
    requests: [],
    repositories: new Map(),
    branches: new Map(),
    get uploads() {
      return uploads;
    },
    filesAt: (id, revision) => {
      const files = revision === 'main' ? server.repositories.get(id) : server.branches.get(`${id}@${revision}`);
      if (files !== undefined) commits.set(`${id}@${commitOf(files)}`, files);
      const main = server.repositories.get(id);
      if (main !== undefined) commits.set(`${id}@${commitOf(main)}`, main);
      return files ?? commits.get(`${id}@${revision}`);
    },
    token: undefined,
    pageSize: 1000,
    nextLink: (absolute) => absolute,
    changeListing: (entries) => entries,
    fault: () => undefined,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([hub, cdn].map(close));
    },
  };

  const uploads = new HubUploads(server);

  async function answer(host: SeenRequest['host'], request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorization, range } = request.headers;
    const seen: SeenRequest = { host, method: request.method ?? '', url: request.url ?? '', authorization, range };
    server.requests.push(seen);
    const fault = server.fault(seen);
    if (fault?.kind === 'wait') await fault.until;
    if (seen.method !== 'GET' && seen.method !== 'HEAD') return uploads.answer(seen, request, response, fault);
    if (fault?.kind === 'status') return void response.writeHead(fault.status, fault.headers).end();
    const url = new URL(seen.url, server.endpoint);
    if (host === 'cdn') {
      const wanted = url.pathname.slice(1);
      const all = [...server.repositories.values(), ...commits.values()].flatMap((files) => [...files.values()]);
      const file = all.find(({ bytes }) => sha256(bytes) === wanted);
      // As S3: credentials that are not its own are an error.
      if (authorization !== undefined || file === undefined) return void response.writeHead(400).end();
      return sendFile(request, response, file.bytes, `"${wanted}"`, {}, fault);
    }
    if (server.token !== undefined && authorization !== `Bearer ${server.token}`) {
      return void response.writeHead(authorization === undefined ? 401 : 403).end();
    }
    const api = /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/([^/]+)$/.exec(url.pathname);
    const resolve = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
    const id = api?.[1] ?? resolve?.[1];
    if (id === undefined || !server.repositories.has(id)) {
      return void response
        .writeHead(404, { 'X-Error-Code': 'RepoNotFound', 'X-Error-Message': 'Repository not found' })
        .end();
    }
    const files = server.filesAt(id, decodeURIComponent(api?.[3] ?? resolve?.[2] ?? ''));
    if (files === undefined) return void response.writeHead(404, { 'X-Error-Code': 'RevisionNotFound' }).end();
    const commit = commitOf(files);
    if (api?.[2] === 'revision') {
      return sendJson(response, { _id: '1', id, sha: commit, private: false, lastModified: '2026-01-01T00:00:00Z' });
    }
    if (api?.[2] === 'tree') return sendPage(response, url, files);
    const path = decodeURIComponent(resolve?.[3] ?? '');
    const file = files.get(path);
    if (file === undefined) return void response.writeHead(404, { 'X-Error-Code': 'EntryNotFound' }).end();
    const { bytes, isLarge } = file;
    const headers = { 'X-Repo-Commit': commit };
    if (!isLarge) return sendFile(request, response, bytes, `"${gitBlobId(bytes)}"`, headers, fault);
    const linked = { 'X-Linked-Size': bytes.byteLength, 'X-Linked-ETag': `"${sha256(bytes)}"` };
    response
      .writeHead(302, { ...headers, ...linked, Location: `${server.cdn}/${sha256(bytes)}?signature=secret` })
      .end();
  }

  function sendPage(response: ServerResponse, url: URL, files: ReadonlyMap<string, HubFile>): void {
    const entries = server.changeListing(listing(files));
    if (!Array.isArray(entries)) {
      sendJson(response, entries);
      return;
    }
    const start = Number(url.searchParams.get('cursor') ?? 0);
    const end = start + server.pageSize;
    const next = new URL(url);
    next.searchParams.set('cursor', String(end));
    const link = end < entries.length ? { Link: `<${server.nextLink(next.href)}>; rel="next"` } : {};
    sendJson(response, entries.slice(start, end), link);
  }

  return server;
}

/** The entries of a listing, folders included, as the hub writes them. */
function listing(files: ReadonlyMap<string, HubFile>): Record<string, unknown>[] {
  const folders = new Set(
    [...files.keys()].flatMap((path) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, index, steps) => steps.slice(0, index + 1).join('/')),
    ),
  );
  return [
    ...[...folders].map((path) => ({
      type: 'directory',
      oid: gitBlobId(new TextEncoder().encode(path)),
      size: 0,
      path,
    })),
    ...[...files].map(([path, { bytes, isLarge }]) => {
      const entry = { type: 'file', oid: gitBlobId(bytes), size: bytes.byteLength, path };
      if (!isLarge) return entry;
      const lfs = { oid: sha256(bytes), size: bytes.byteLength, pointerSize: 132 };
      return { ...entry, oid: gitBlobId(new TextEncoder().encode(lfs.oid)), lfs };
    }),
  ];
}

function sendJson(response: ServerResponse, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(value));
}

/** Sends a file, or the range of it that was asked for, or what the fault makes of that. */
function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  whole: Uint8Array,
  etag: string,
  headers: Readonly<Record<string, string>>,
  fault: Fault | undefined,
): void {
  const bytes = fault?.kind === 'bytes' ? fault.bytes : whole;
  const size = bytes.byteLength;
  const match = fault?.kind === 'ignoreRange' ? null : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = match === null ? 0 : Number(match[1]);
  if (match !== null && start >= size) {
    response.writeHead(416, { ...headers, 'Content-Range': `bytes */${size}` }).end();
    return;
  }
  const end = match?.[2] ? Math.min(Number(match[2]) + 1, size) : size;
  const body = bytes.subarray(start, end);
  const range = match === null ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${size}` };
  const length = fault?.kind === 'short' ? {} : { 'Content-Length': String(body.byteLength) };
  const accept = fault?.kind === 'ignoreRange' ? {} : { 'Accept-Ranges': 'bytes' };
  response.writeHead(match === null ? 200 : 206, { ...headers, ETag: etag, ...accept, ...range, ...length });
  if (request.method === 'HEAD') response.end();
  else if (fault?.kind === 'cut') response.write(body.subarray(0, fault.after), () => response.socket?.destroy());
  else if (fault?.kind === 'stall') response.write(body.subarray(0, fault.after));
  else if (fault?.kind === 'short') response.end(body.subarray(0, fault.after));
  else response.end(body);
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
