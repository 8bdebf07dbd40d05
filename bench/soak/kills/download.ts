/** Downloading a repository from a hub on the loopback, slow enough to be killed in the middle of a file. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hubSnapshot } from '@mokus/checkpoint/node';
import { type Json, MokusError } from '@mokus/core';
import { id, someBytes } from '../../../packages/checkpoint/test/support/hub-files.js';
import { gitBlobId, type HubFile, startHub } from '../../../packages/checkpoint/test/support/hub-server.js';
import { SoakFinding } from '../part.js';
import { type KillJob, sha256 } from './job.js';

/** Large files, of which four are fetched at a time. */
const large = 24;

const files = new Map<string, HubFile>([
  ['config.json', { bytes: new TextEncoder().encode('{"a":1}') }],
  ['vae/config.json', { bytes: new TextEncoder().encode('{"b":2}') }],
  ...Array.from({ length: large }, (_, at): [string, HubFile] => {
    return [`text_encoder/model-${at}.safetensors`, { bytes: someBytes(1_000_000, at), isLarge: true }];
  }),
]);

/** Milliseconds before each large file. */
const pause = 30;

export async function openJob(shared?: Json): Promise<KillJob> {
  const hub = shared === undefined ? await startHub() : undefined;
  hub?.repositories.set(id, files);
  if (hub !== undefined) {
    hub.fault = ({ host }) =>
      host === 'cdn' ? { kind: 'wait', until: new Promise((resolve) => setTimeout(resolve, pause)) } : undefined;
  }
  const endpoint = hub?.endpoint ?? String(shared);
  const optionsFor = (cacheDir: string) => ({ endpoint, cacheDir, token: false }) as const;
  return {
    share: endpoint,
    prepare: async () => null,
    work: async (folder) => {
      const asked = hub?.requests.length ?? 0;
      const place = await hubSnapshot(id, optionsFor(folder));
      await requireWhole(place);
      const others = await readdir(join(folder, blobsOf(id)));
      const strays = others.filter((name) => !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name));
      const requests = hub?.requests.slice(asked).filter(({ host }) => host === 'cdn') ?? [];
      // Files, not requests: the last one of the killed process may come in only now.
      return { result: { strays }, units: new Set(requests.map(({ url }) => url)).size };
    },
    look: async (folder) => {
      const blobs = join(folder, blobsOf(id));
      const names = await readdir(blobs).catch(() => []);
      let whole = 0;
      for (const name of names.filter((each) => /^[0-9a-f]+$/.test(each))) {
        const bytes = await readFile(join(blobs, name));
        const hash = name.length === 64 ? sha256(bytes) : gitBlobId(bytes);
        if (hash !== name) throw new SoakFinding('half-taken', `${name} holds ${bytes.length} bytes of hash ${hash}`);
        if (name.length === 64) whole += 1;
      }
      const offline = await hubSnapshot(id, { ...optionsFor(folder), localFilesOnly: true }).catch((error: unknown) => {
        if (MokusError.isInstance(error) && error.code === 'offline') return undefined;
        throw error;
      });
      if (offline !== undefined) await requireWhole(offline);
      const state = offline === undefined ? `${whole} of ${large} files` : 'a whole snapshot';
      return { outcome: state, units: large - whole };
    },
    dispose: async () => hub?.[Symbol.asyncDispose](),
  };
}

async function requireWhole(place: string): Promise<void> {
  for (const [path, { bytes }] of files) {
    const found = await readFile(join(place, path)).catch(() => undefined);
    if (found !== undefined && Buffer.compare(found, bytes) === 0) continue;
    throw new SoakFinding('half-taken', `${path} of the snapshot ${found === undefined ? 'is missing' : 'differs'}`);
  }
}

function blobsOf(repository: string): string {
  return `models--${repository.replace('/', '--')}/blobs`;
}
