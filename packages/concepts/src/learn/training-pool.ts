import { type LatentGrid, MokusError, packLatents, type RunOptions, type TextToImagePipeline } from '@mokus/core';
import { conceptPrior } from './concept-prior.js';
import { EncodedCaptions } from './encoded-captions.js';
import { type ConceptToLearn, captionsOf, defaultCaptions } from './options.js';
import { latentGridOf } from './pictures.js';
import { type PriorExample, type PriorOptions, sampleOf } from './prior.js';

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

interface PoolOptions extends RunOptions, Pick<PriorOptions, 'store'> {
  readonly captions?: readonly string[] | undefined;
  readonly priorShare: number;
}

/**
 * Draws the prior where it is not there, and encodes pictures and captions once. Throws MokusError `input` (a picture that
 * does not fit, see `latentGridOf`, a prior of another size, a caption without the anchor), `prompt`.
 */
export async function trainingPool(
  pipeline: TextToImagePipeline,
  concept: ConceptToLearn,
  options: PoolOptions,
): Promise<TrainingPool> {
  const { images } = concept;
  const { signal, captions = defaultCaptions } = options;
  const { dit, imageCodec, textEncoder } = pipeline.components;
  const grid = latentGridOf(pipeline, images);
  const captionsOfEach = images.map((each) =>
    (each.captions ?? captions).flatMap((template) => captionsOf(template, concept)),
  );
  const bare = captionsOfEach.findIndex((each) => each.length === 0);
  if (bare !== -1)
    throw new MokusError('input', `picture ${bare} has no caption; give it one, or leave its captions out`, {
      field: 'captions',
    });
  const prior = await conceptPrior(pipeline, concept, options);
  const other = prior.find((each) => each.grid.height !== grid.height || each.grid.width !== grid.width);
  if (other !== undefined) {
    const size = `${other.grid.height} x ${other.grid.width}`;
    const message = `the prior picture of "${other.prompt}" has ${size} latent tokens, the concept's pictures ${grid.height} x ${grid.width}; draw the prior in the size of the pictures`;
    throw new MokusError('input', message, { field: 'prior' });
  }
  const pixels = images.map(({ image }) => image);
  const latents = packLatents(await imageCodec.encode(pixels, { signal }), dit.info.patchSize);
  const texts = [...captionsOfEach.flat(), ...prior.map(({ prompt }) => prompt), ''];
  return {
    concept: captionsOfEach.map((each, index) => ({ latents: sampleOf(latents, index), captions: each })),
    prior,
    captions: await EncodedCaptions.encode(textEncoder, texts, { signal }),
    grid,
    channels: dit.info.inChannels,
  };
}
