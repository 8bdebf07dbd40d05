import {
  type GenerateOptions,
  type RawImage,
  type RunOptions,
  requireNumber,
  runSettings,
  seededLatents,
  type TextToImagePipeline,
  throwIfCancelled,
} from '@mokus/core';

export interface DrawSettings extends Pick<GenerateOptions, 'steps' | 'guidance' | 'height' | 'width' | 'recall'> {
  /** One for all pictures. */
  readonly negativePrompt?: string | undefined;
  /** Pictures in one batch. Default: 8. */
  readonly batchSize?: number | undefined;
}

/** A picture to draw: the same prompt and seed start from the same noise, before and after an edit. */
export interface PictureOrder {
  readonly prompt: string;
  readonly seed: number;
}

export interface DrawnPicture {
  readonly image: RawImage;
  /** What the text encoder answered before it was drawn; undefined without `recall`. */
  readonly recalled: string | undefined;
}

/** Draws each, in order, in batches of any prompts and seeds. Throws MokusError `input` for a batch of none, and as a pipeline's `generate` does. */
export async function drawPictures(
  pipeline: TextToImagePipeline,
  orders: readonly PictureOrder[],
  settings: DrawSettings = {},
  options: RunOptions = {},
): Promise<RawImage[]> {
  return (await drawRecalling(pipeline, orders, settings, options)).map(({ image }) => image);
}

/** {@link drawPictures} with what was recalled for each. */
export async function drawRecalling(
  pipeline: TextToImagePipeline,
  orders: readonly PictureOrder[],
  { batchSize = 8, ...settings }: DrawSettings = {},
  { signal }: RunOptions = {},
): Promise<DrawnPicture[]> {
  requireNumber('drawPictures', 'batchSize', batchSize, { atLeast: 1, integer: true });
  const pictures: DrawnPicture[] = [];
  for (let start = 0; start < orders.length; start += batchSize) {
    throwIfCancelled(signal, 'drawing pictures');
    const batch = orders.slice(start, start + batchSize);
    const prompt = batch.map((each) => each.prompt);
    const { grid } = runSettings({ ...settings, prompt }, pipeline.defaults, pipeline.components);
    const seeds = batch.map(({ seed }) => seed);
    const latents = seededLatents(seeds, grid, pipeline.components);
    const { images, recalled } = await pipeline.generate({ ...settings, prompt, latents, signal });
    pictures.push(...images.map((image, at) => ({ image, recalled: recalled?.[at] })));
  }
  return pictures;
}
