/**
 * What a hub answers to those who write: repositories and branches made, files sorted into small and large, large ones put
 * on the other port (in parts where they are longer than `partSize`), commits and pull requests.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { commitOf, type Fault, type HubFile, type HubServer, type SeenRequest, sha256 } from './hub-server.js';

export interface PushedHeader {
  readonly summary: string;
  readonly description?: string;
  readonly parentCommit?: string;
}

/** What an upload is answered with. */
interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const refusal = (status: number, message: string): Answer => ({ status, headers: { 'X-Error-Message': message } });

export class HubUploads {
  /** Contents of large files, by their SHA-256. */
  readonly storage: Map<string, Uint8Array> = new Map();
  /** Headers of commits, in order. */
  readonly commits: PushedHeader[] = [];
  /** Visibility of the repositories that were made here. */
  readonly made: Map<string, string | undefined> = new Map();
  /** Token without which nothing is written; none by default. */
  writeToken: string | undefined;
  /** Bytes beyond which a large file goes in parts. */
  partSize: number = Number.POSITIVE_INFINITY;
  readonly #server: HubServer;
  readonly #parts = new Map<string, Map<number, Uint8Array>>();

  constructor(server: HubServer) {
    this.#server = server;
  }

  /** Answers a request that writes. */
  async answer(
    seen: SeenRequest,
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault | undefined,
  ): Promise<void> {
    const body = await bodyOf(request, fault);
    if (body === undefined) return;
    if (fault?.kind === 'status') return void response.writeHead(fault.status, fault.headers).end();
    const url = new URL(seen.url, this.#server.endpoint);
    const { status, body: answer, headers } = this.#route(seen, url, request, body);
    // What a hub does may be done, though its answer never arrives.
    if (fault?.kind === 'cutAnswer') return void response.socket?.destroy();
    if (fault?.kind === 'bytes') return void response.writeHead(200).end(fault.bytes);
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(answer === undefined ? '' : JSON.stringify(answer));
  }

  #route(seen: SeenRequest, url: URL, request: IncomingMessage, body: Buffer): Answer {
    if (seen.host === 'cdn') return this.#put(url, request, body);
    if (this.writeToken !== undefined && seen.authorization !== `Bearer ${this.writeToken}`) {
      return seen.authorization === undefined ? { status: 401 } : refusal(403, 'You may not write here');
    }
    if (url.pathname === '/api/repos/create') return this.#create(JSON.parse(body.toString()));
    const complete = /^\/complete\/(\w{64})$/.exec(url.pathname)?.[1];
    if (complete !== undefined) return this.#complete(complete, JSON.parse(body.toString()));
    const lfs = /^\/([^/]+\/[^/]+)\.git\/info\/lfs\/objects\/batch$/.exec(url.pathname)?.[1];
    const [, api, action, encoded = ''] =
      /^\/api\/models\/([^/]+\/[^/]+)\/(branch|preupload|commit)\/([^/]+)$/.exec(url.pathname) ?? [];
    const id = lfs ?? api;
    if (id === undefined || !this.#server.repositories.has(id)) return refusal(404, 'Repository not found');
    if (lfs !== undefined) return this.#batch(JSON.parse(body.toString()));
    const branch = decodeURIComponent(encoded);
    const files = this.#server.filesAt(id, branch);
    if (action === 'branch') {
      if (files !== undefined) return refusal(409, 'Reference already exists');
      this.#server.branches.set(`${id}@${branch}`, this.#server.repositories.get(id) ?? new Map());
      return { status: 201 };
    }
    if (files === undefined) return refusal(404, 'Invalid rev id');
    if (action === 'preupload') return sorted(JSON.parse(body.toString()));
    return this.#commit(id, branch, files, url.searchParams.get('create_pr') === '1', body.toString());
  }

  #create({ name, organization, visibility }: { name: string; organization: string; visibility?: string }): Answer {
    const id = `${organization}/${name}`;
    if (this.#server.repositories.has(id)) return refusal(409, 'You already created this model repo');
    this.#server.repositories.set(
      id,
      new Map([['.gitattributes', { bytes: new TextEncoder().encode('*.bin filter=lfs') }]]),
    );
    this.made.set(id, visibility);
    return { status: 200, body: { url: `${this.#server.endpoint}/${id}`, id, name: id } };
  }

  #batch({ objects }: { objects: readonly { oid: string; size: number }[] }): Answer {
    const upload = (oid: string, size: number): Record<string, unknown> => {
      const href = `${this.#server.cdn}/upload/${oid}`;
      if (size <= this.partSize) return { href: `${href}?signature=secret` };
      const parts = Array.from({ length: Math.ceil(size / this.partSize) }, (_, at) => [
        String(at + 1).padStart(5, '0'),
        `${href}/${at + 1}?signature=secret`,
      ]);
      const header = { chunk_size: String(this.partSize), ...Object.fromEntries(parts) };
      return { href: `${this.#server.endpoint}/complete/${oid}`, header };
    };
    return {
      status: 200,
      body: {
        transfer: 'basic',
        objects: objects.map(({ oid, size }) =>
          this.#content(oid) === undefined ? { oid, size, actions: { upload: upload(oid, size) } } : { oid, size },
        ),
      },
    };
  }

  #content(oid: string): Uint8Array | undefined {
    const files = [...this.#server.repositories.values()].flatMap((each) => [...each.values()]);
    return this.storage.get(oid) ?? files.find(({ bytes, isLarge }) => isLarge && sha256(bytes) === oid)?.bytes;
  }

  /** As S3: no credentials that are not its own, and a length before the bytes. */
  #put(url: URL, { headers }: IncomingMessage, body: Buffer): Answer {
    const [, oid, part] = /^\/upload\/(\w{64})(?:\/(\d+))?$/.exec(url.pathname) ?? [];
    if (headers.authorization !== undefined || oid === undefined) return { status: 400 };
    if (headers['content-length'] === undefined) return { status: 411 };
    if (part === undefined) return this.#store(oid, body);
    const parts = this.#parts.get(oid) ?? new Map<number, Uint8Array>();
    this.#parts.set(oid, parts.set(Number(part), body));
    return { status: 200, headers: { ETag: `"${sha256(body)}"` } };
  }

  #complete(oid: string, { parts }: { parts: readonly { partNumber: number; etag: string }[] }): Answer {
    const stored = this.#parts.get(oid) ?? new Map<number, Uint8Array>();
    const bytes = parts.map(({ partNumber, etag }) => {
      const part = stored.get(partNumber);
      return part !== undefined && etag === `"${sha256(part)}"` ? part : undefined;
    });
    if (bytes.some((each) => each === undefined)) return { status: 400 };
    return this.#store(oid, Buffer.concat(bytes.filter((each) => each !== undefined)));
  }

  #store(oid: string, bytes: Uint8Array): Answer {
    if (sha256(bytes) !== oid) return { status: 400 };
    this.storage.set(oid, Uint8Array.from(bytes));
    return { status: 200 };
  }

  #commit(id: string, branch: string, before: ReadonlyMap<string, HubFile>, isPr: boolean, body: string): Answer {
    const files = new Map(before);
    const lines = body.split('\n').filter((line) => line !== '');
    const [header, ...operations] = lines.map((line) => JSON.parse(line));
    const { parentCommit } = header.value as PushedHeader;
    if (parentCommit !== undefined && parentCommit !== commitOf(before)) {
      return refusal(412, 'A commit has happened since');
    }
    for (const { key, value } of operations) {
      if (key === 'file') files.set(value.path, { bytes: new Uint8Array(Buffer.from(value.content, 'base64')) });
      else {
        const bytes = this.#content(value.oid);
        if (bytes === undefined || bytes.byteLength !== value.size) return refusal(400, 'LFS pointer to nothing');
        files.set(value.path, { bytes, isLarge: true });
      }
    }
    this.commits.push(header.value);
    const { branches, repositories, endpoint } = this.#server;
    const number = [...branches.keys()].filter((name) => name.startsWith(`${id}@refs/pr/`)).length + 1;
    if (isPr) branches.set(`${id}@refs/pr/${number}`, files);
    else if (branch === 'main') repositories.set(id, files);
    else branches.set(`${id}@${branch}`, files);
    const commit = commitOf(files);
    const pullRequestUrl = isPr ? { pullRequestUrl: `${endpoint}/${id}/discussions/${number}` } : {};
    const commitUrl = `${endpoint}/${id}/commit/${commit}`;
    return { status: 200, body: { success: true, commitOid: commit, commitUrl, hookOutput: '', ...pullRequestUrl } };
  }
}

function sorted({ files }: { files: readonly { path: string; size: number }[] }): Answer {
  const isLarge = ({ path, size }: { path: string; size: number }): boolean =>
    path.endsWith('.safetensors') || size > 10_000_000;
  return {
    status: 200,
    body: {
      files: files.map((file) => ({
        path: file.path,
        uploadMode: isLarge(file) ? 'lfs' : 'regular',
        shouldIgnore: false,
      })),
    },
  };
}

/** The body of a request; undefined where the fault ends it before. */
async function bodyOf(request: IncomingMessage, fault: Fault | undefined): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (fault?.kind === 'cut' && size >= fault.after) return void request.socket.destroy();
    if (fault?.kind === 'stall' && size >= fault.after) {
      await new Promise((resolve) => request.once('close', resolve));
      return undefined;
    }
  }
  return Buffer.concat(chunks);
}
