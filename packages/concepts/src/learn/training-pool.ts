import {
  type ConceptImage,
  type ConceptWords,
  type LatentGrid,
  MokusError,
  packLatents,
  type RunOptions,
  type TextToImagePipeline,
} from '@mokus/core';
import { EncodedCaptions } from './encoded-captions.js';
import { defaultCaptions, fillCaption } from './options.js';
import { type PriorExample, sampleOf } from './prior.js';

/** A picture of the concept as the transformer sees it. */
export interface ConceptExample {
  /** Packed latents, [tokens, channels]. */
  readonly latents: Float32Array;
  readonly captions: readonly string[];
}

/** What batches are drawn from. */
export interface TrainingPool {
  readonly concept: readonly ConceptExample[];
  readonly prior: readonly PriorExample[];
  readonly captions: EncodedCaptions;
  readonly grid: LatentGrid;
  /** Of a packed latent token. */
  readonly channels: number;
}

/**
 * Encodes pictures and captions once. Throws MokusError `input` (no pictures, pictures that differ in size, of a size
 * that the model cannot draw or that the prior does not have, a caption without the anchor), `prompt`.
 */
export async function trainingPool(
  { components }: TextToImagePipeline,
  words: ConceptWords,
  images: readonly ConceptImage[],
  prior: readonly PriorExample[],
  { captions = defaultCaptions, signal }: { readonly captions?: readonly string[] | undefined } & RunOptions,
): Promise<TrainingPool> {
  const { dit, imageCodec, textEncoder } = components;
  const grid = gridOf(
    images.map(({ image }) => image),
    dit.info.patchSize * imageCodec.info.spatialFactor,
  );
  const other = prior.find((each) => each.grid.height !== grid.height || each.grid.width !== grid.width);
  if (other !== undefined) {
    const size = `${other.grid.height} x ${other.grid.width}`;
    const message = `the prior picture of "${other.prompt}" has ${size} latent tokens, the concept's pictures ${grid.height} x ${grid.width}; draw the prior in the size of the pictures`;
    throw new MokusError('input', message, { field: 'prior' });
  }
  const captionsOf = images.map((each) => (each.captions ?? captions).map((template) => fillCaption(template, words)));
  const bare = captionsOf.findIndex((each) => each.length === 0);
  if (bare !== -1) throw new MokusError('input', `picture ${bare} has no caption`, { field: 'captions' });
  const pixels = images.map(({ image }) => image);
  const latents = packLatents(await imageCodec.encode(pixels, { signal }), dit.info.patchSize);
  const texts = [...captionsOf.flat(), ...prior.map(({ prompt }) => prompt), ''];
  return {
    concept: captionsOf.map((each, index) => ({ latents: sampleOf(latents, index), captions: each })),
    prior,
    captions: await EncodedCaptions.encode(textEncoder, texts, { signal }),
    grid,
    channels: dit.info.inChannels,
  };
}

function gridOf(images: readonly ConceptImage['image'][], multiple: number): LatentGrid {
  const [first] = images;
  if (first === undefined) {
    throw new MokusError('input', 'there is no picture to learn from; give three to five', { field: 'images' });
  }
  const { height, width } = first;
  const odd = images.findIndex((image) => image.height !== height || image.width !== width);
  if (odd !== -1) {
    const size = `${images[odd]?.width} x ${images[odd]?.height}`;
    throw new MokusError(
      'input',
      `picture ${odd} is ${size} and picture 0 ${width} x ${height}; crop them to one size`,
      {
        field: 'images',
      },
    );
  }
  if (height % multiple !== 0 || width % multiple !== 0) {
    const message = `the pictures are ${width} x ${height}; the model draws sides that are multiples of ${multiple}`;
    throw new MokusError('input', message, { field: 'images' });
  }
  return { height: height / multiple, width: width / multiple };
}
