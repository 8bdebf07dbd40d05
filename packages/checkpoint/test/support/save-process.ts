/** Saves in a process of its own, started by {@link startSave}: what each refuses is printed as JSON. */
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Edit, type LoraAdapter, MokusError } from '@mokus/core';
import { nodeFolder, saveCheckpoint, saveEdit, saveLora } from '../../src/node/index.js';
import { type Outcome, startScript } from './limited-process.js';

export const kinds = ['edit', 'lora', 'folder'] as const;
export type Kind = (typeof kinds)[number];

/** Where each kind is saved, below the folder of a test; the checkpoint of `folder` is in `model`. */
export const places: Readonly<Record<Kind, string>> = {
  edit: 'edit.safetensors',
  lora: 'lora.safetensors',
  folder: 'saved',
};

const side = 1024;

/** An edit of so many matrices of 4 MiB. */
export function someEdit(count: number): Edit {
  const delta = { kind: 'dense', dOut: side, dIn: side, delta: new Float32Array(side * side).fill(1) } as const;
  return {
    sites: new Map(Array.from({ length: count }, (_, at) => [`layers.${at}.mlp.up_proj`, delta])),
    provenance: {
      baseModel: 'a'.repeat(64),
      editor: 'by hand',
      objective: 'none',
      template: 'raw',
      options: null,
      requests: [{ question: 'q', answer: 'a' }],
    },
  };
}

/** A LoRA of so many layers of 4 MiB. */
export function someLora(count: number): LoraAdapter {
  const factor = new Float32Array((side * side) / 2).fill(1);
  const module = { dOut: side, dIn: side, rank: side / 2, alpha: 1, down: factor, up: factor };
  return { modules: new Map(Array.from({ length: count }, (_, at) => [`blocks.${at}.attn.to_q`, module])) };
}

/** Saves one after the other, in a process; `stall` never ends the save of a folder. */
export function startSave(
  folder: string,
  options: { readonly kinds: readonly Kind[]; readonly count: number; readonly stall?: boolean },
  limitBlocks?: number,
): {
  readonly process: ChildProcess;
  readonly outcome: Promise<Outcome<readonly { code: string; message: string }[]>>;
} {
  return startScript(thisFile, [folder, JSON.stringify(options)], limitBlocks);
}

const thisFile = fileURLToPath(import.meta.url);

if (process.argv[1] === thisFile) {
  const [, , folder = '', text = '{}'] = process.argv;
  const { kinds: wanted, count, stall }: Parameters<typeof startSave>[1] = JSON.parse(text);
  const stop = (): void => {
    if (stall) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
  const run: Readonly<Record<Kind, (place: string) => Promise<void>>> = {
    edit: (place) => saveEdit(place, someEdit(count)),
    lora: (place) => saveLora(place, someLora(count)),
    folder: async (place) => saveCheckpoint(await nodeFolder(join(folder, 'model')), place, { onProgress: stop }),
  };
  const refusals: { code: string; message: string }[] = [];
  for (const kind of wanted) {
    try {
      await run[kind](join(folder, places[kind]));
    } catch (error) {
      if (!MokusError.isInstance(error)) throw error;
      refusals.push({ code: error.code, message: error.message });
    }
  }
  console.log(JSON.stringify(refusals));
}
