import {
  type ConceptImage,
  isJsonObject,
  isText,
  type LatentGrid,
  MokusError,
  requireList,
  runSettings,
  type TextToImagePipeline,
} from '@mokus/core';

/** Of the area that a pipeline draws by default: twice each side. */
const largestArea = 4;

/** Throws MokusError `input` for what is no list of pictures, with captions or without. */
export function requireImages(images: readonly ConceptImage[]): void {
  const isPicture = (each: unknown): boolean => isJsonObject((each as ConceptImage | null | undefined)?.image);
  requireList('images', images, isPicture, 'give a list of { image }, each with what readImage(path) returned');
  for (const [index, { captions = [] }] of images.entries()) {
    requireList(`images[${index}].captions`, captions, isText, 'give a list of captions');
  }
}

/**
 * Checks training pictures before anything is computed, and returns their packed latent grid. Throws MokusError `input`
 * naming the picture by its position: none, one that is broken (its size is no size, or its bytes are not those of the
 * size), of another size than the first, of a size that the model cannot draw, or of more than four times the area that it
 * draws by default.
 */
export function latentGridOf(
  { components, defaults }: TextToImagePipeline,
  images: readonly ConceptImage[],
): LatentGrid {
  const { dit, imageCodec } = components;
  const multiple = dit.info.patchSize * imageCodec.info.spatialFactor;
  const refuse = (message: string): never => {
    throw new MokusError('input', message, { field: 'images' });
  };
  const [first] = images;
  if (first === undefined) return refuse('there is no picture to learn from; give three to five');
  const { height, width } = first.image;
  const usual = runSettings({ prompt: '' }, defaults, components).grid;
  images.forEach(({ image }, index) => {
    const size = `${image.width} x ${image.height}`;
    const isSize = [image.width, image.height].every((side) => Number.isSafeInteger(side) && side >= 1);
    if (!isSize) refuse(`picture ${index} is broken: its size is ${size}`);
    const bytes = image.width * image.height * 4;
    const found = image.data?.length;
    if (found !== bytes) refuse(`picture ${index} of ${size} is broken: ${found} bytes in place of ${bytes} of RGBA`);
    if (image.width !== width || image.height !== height) {
      refuse(`picture ${index} is ${size} and picture 0 ${width} x ${height}; crop them to one size`);
    }
    if (height % multiple !== 0 || width % multiple !== 0) {
      refuse(`picture ${index} is ${size}; the model draws sides that are multiples of ${multiple}`);
    }
    if (height * width > largestArea * usual.height * usual.width * multiple ** 2) {
      const drawn = `${usual.width * multiple} x ${usual.height * multiple}`;
      refuse(`picture ${index} is ${size}, and the model draws ${drawn}; scale it down to that`);
    }
  });
  return { height: height / multiple, width: width / multiple };
}
