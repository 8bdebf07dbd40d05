import { type ByteStore, type LatentGrid, MokusError, type RunOptions } from '@mokus/core';
import { openSafetensors, SafetensorsError, streamSafetensors, toBytes, toFloat32Array } from '@mokus/safetensors';

/** Finished pictures of some prompts, as packed latents [prompts, tokens, channels] one after the other. */
export interface PriorGroup {
  readonly shape: readonly [pictures: number, tokens: number, channels: number];
  readonly latents: Float32Array;
}

/** What a group was drawn from; one that was drawn from something else is drawn again. */
export interface PriorOrigin {
  readonly prompts: readonly string[];
  readonly grid: LatentGrid;
  readonly steps: number;
  readonly seed: number;
  readonly model: object;
}

const format = 'mokus-prior';
const version = '1';

/** Its name in a store, by the position of its first picture. */
function priorFile(start: number): string {
  return `prior-${start}.safetensors`;
}

export async function writePrior(
  store: ByteStore,
  start: number,
  origin: PriorOrigin,
  { shape, latents }: PriorGroup,
  options: Pick<RunOptions, 'signal'>,
): Promise<void> {
  const tensors = [{ name: 'latents', dtype: 'F32', shape, data: toBytes(latents) }] as const;
  const metadata = { format, version, origin: JSON.stringify(origin) };
  await store.write(priorFile(start), streamSafetensors([...tensors], { metadata }).chunks(), options);
}

/** What is kept of this very origin; undefined where nothing is, or something damaged: it can be drawn again. */
export async function readPrior(
  store: ByteStore,
  start: number,
  origin: PriorOrigin,
  expected: PriorGroup['shape'],
): Promise<PriorGroup | undefined> {
  try {
    const source = await store.read(priorFile(start));
    if (source === undefined) return undefined;
    const file = await openSafetensors(source);
    const { metadata, tensors } = file;
    const entry = tensors.get('latents');
    const fits =
      metadata.format === format &&
      metadata.version === version &&
      metadata.origin === JSON.stringify(origin) &&
      entry?.dtype === 'F32' &&
      entry.shape.join() === expected.join();
    if (!fits) return undefined;
    const latents = toFloat32Array(await file.read('latents'), 'F32');
    return latents.every(Number.isFinite) ? { shape: expected, latents } : undefined;
  } catch (error) {
    if (SafetensorsError.isInstance(error) || (MokusError.isInstance(error) && error.code === 'checkpoint'))
      return undefined;
    throw error;
  }
}
