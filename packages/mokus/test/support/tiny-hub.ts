import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { onTestFinished } from 'vitest';
import { type HubFile, type HubServer, startHub } from '../../../checkpoint/test/support/hub-server.js';
import { tinyFolder } from './tiny-folder.js';

export const tinyId = 'someone/tiny-qwen-image';

/** Files of that repository that no pipeline reads. */
export const unneeded: readonly string[] = [
  'README.md',
  'vae/model.fp16.safetensors',
  'text_encoder/pytorch_model.bin',
  'onnx/model.json',
];

interface TinyHub {
  readonly hub: HubServer;
  readonly options: {
    readonly endpoint: string;
    readonly cacheDir: string;
    readonly token: string | false;
    readonly retries: number;
  };
}

/** A hub that serves the tiny checkpoint, with files beside it that no pipeline reads, and an empty cache. */
export async function tinyHub(): Promise<TinyHub> {
  const hub = await startHub();
  const cacheDir = await mkdtemp(join(tmpdir(), 'mokus-hub-'));
  onTestFinished(async () => {
    await hub[Symbol.asyncDispose]();
    await rm(cacheDir, { recursive: true, force: true });
  });
  const files = new Map<string, HubFile>(unneeded.map((path) => [path, { bytes: new TextEncoder().encode(path) }]));
  for (const entry of await readdir(tinyFolder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = relative(tinyFolder, file).replaceAll('\\', '/');
    files.set(path, { bytes: await readFile(file), isLarge: path.endsWith('.safetensors') });
  }
  hub.repositories.set(tinyId, files);
  return { hub, options: { endpoint: hub.endpoint, cacheDir, token: false, retries: 0 } };
}
