import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelFolder } from '@mokus/emoji-world';
import { onnxBackend } from '@mokus/onnx';
import { fromPretrained, type PretrainedPipeline } from 'mokus';
import { nativeRuntime } from '../../packages/backend-webgpu/src/native/runtime.js';
import { watchUploads } from '../../packages/mokus/test/support/gpu-uploads.js';
import { timeDenoising, timeTurns } from './chain.js';
import { openBackend, type ProviderName } from './providers.js';

/** Of a conditioning. */
const times = 3;

/** f32 [128, 128]: the smallest matrix of the embedded text encoder and transformer, larger than any of their inputs here. */
const smallestMatrix = 128 * 128 * 4;

/**
 * How often a weight went to the GPU after it was loaded: in some denoising steps and turns of an edit; with onnxruntime-node in
 * denoising steps and conditionings, since its provider ends the process where a backward pass is profiled.
 */
export async function countWeightReuploads(name: ProviderName): Promise<number> {
  return name === 'webgpuNative' ? countInProfile() : countWatched(name);
}

async function countWatched(name: ProviderName): Promise<number> {
  const backend = openBackend(name);
  const pipeline = await fromPretrained(modelFolder, { device: backend });
  const uploads = watchUploads();
  await timeDenoising(pipeline);
  await timeTurns(pipeline, 1);
  await pipeline.dispose();
  return uploads.sizes.filter((size) => size >= smallestMatrix).length;
}

interface ProfileEvent {
  readonly name: string;
  readonly args?: { readonly op_name?: string; readonly output_size?: string };
}

/**
 * onnxruntime-node has a Dawn of its own, and says in its profile what it copies. Two sessions with profiles do not come back
 * from their first run, so one component at a time is there, and the others are on the CPU.
 */
async function countInProfile(): Promise<number> {
  const ofDenoising = await countInProfileOf('dit', timeDenoising);
  const encode = async ({ components }: PretrainedPipeline): Promise<void> => {
    for (let time = 0; time < times; time++) await components.textEncoder.encode(['draw a owl']);
  };
  return ofDenoising + (await countInProfileOf('textEncoder', encode));
}

async function countInProfileOf(
  component: 'dit' | 'textEncoder',
  use: (pipeline: PretrainedPipeline) => Promise<unknown>,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'mokus-profile-'));
  try {
    const backend = onnxBackend(nativeRuntime(join(folder, 'session')), { device: 'webgpu' });
    const pipeline = await fromPretrained(modelFolder, { device: { [component]: backend } });
    await use(pipeline);
    await pipeline.dispose();
    const profiles = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')));
    const events = profiles.flatMap((profile) => JSON.parse(profile) as ProfileEvent[]);
    const kernels = events.filter((each) => each.name.endsWith('kernel_time'));
    if (kernels.length === 0) throw new Error('the profile of onnxruntime has no kernels');
    return kernels.filter(
      ({ args }) => args?.op_name === 'MemcpyFromHost' && Number(args.output_size) >= smallestMatrix,
    ).length;
  } finally {
    await rm(folder, { recursive: true });
  }
}
