/** Learning in a process of its own, started by {@link startLearning}: prints its factors, or how it was refused. */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cpuBackend } from '@mokus/backend-cpu';
import { folderStore } from '@mokus/checkpoint/node';
import { type LoraAdapter, MokusError, type ProgressEvent, type RawImage, seededNoise } from '@mokus/core';
import { type Outcome, startScript } from '../../../checkpoint/test/support/limited-process.js';
import { tinyPipeline } from '../../../models/test/support/pipeline.js';
import { learnConcept } from '../../src/index.js';

export interface Learned {
  readonly factors?: readonly number[];
  readonly refusal?: { readonly code: string; readonly message: string };
}

export function noisePicture(width: number, height: number, seed: number): RawImage {
  const noise = seededNoise(seed);
  return { width, height, data: Uint8ClampedArray.from({ length: width * height * 4 }, () => 256 * noise.uniform()) };
}

export function factorsOf({ modules }: LoraAdapter): number[] {
  return [...modules.values()].flatMap(({ down, up }) => [...down, ...up]);
}

/** Learns `steps` steps in `folder`; `stallAt` never goes on after that step; `limitBlocks` is the room of a file. */
export function startLearning(
  options: { readonly folder: string; readonly steps: number; readonly stallAt?: number },
  limitBlocks?: number,
): { readonly process: ChildProcess; readonly outcome: Promise<Outcome<Learned>> } {
  return startScript(thisFile, [JSON.stringify(options)], limitBlocks);
}

/** What such a process does, in this one. */
export async function learn(
  { folder, steps, stallAt }: Parameters<typeof startLearning>[0],
  onProgress: (event: ProgressEvent) => void = () => undefined,
): Promise<Learned> {
  const pipeline = await tinyPipeline(cpuBackend({ threads: 1 }));
  try {
    const images = [1, 2].map((seed) => ({ image: noisePicture(16, 16, seed) }));
    const concept = { anchor: 'sks', className: 'toy', images, prior: ['a cat', 'a dog', 'a cow'] };
    const adapter = await learnConcept(pipeline, concept, {
      ...{ steps, batchSize: 2, rank: 2, learningRate: 1e-2, captionDropout: 0.3, seed: 3, storeEvery: 2 },
      store: folderStore(folder),
      onProgress: (event) => {
        onProgress(event);
        const isHere = event.kind === 'learn' && event.step === stallAt;
        if (isHere) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      },
    });
    return { factors: factorsOf(adapter) };
  } catch (error) {
    if (!MokusError.isInstance(error)) throw error;
    return { refusal: { code: error.code, message: error.message } };
  } finally {
    await pipeline.dispose();
  }
}

const thisFile = fileURLToPath(import.meta.url);

if (process.argv[1] === thisFile) console.log(JSON.stringify(await learn(JSON.parse(process.argv[2] ?? '{}'))));
