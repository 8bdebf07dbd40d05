import { type ConceptCard, MokusError, type TextToImagePipeline } from '@mokus/core';

/** Throws MokusError `base-model` when a customization was made on another text encoder or transformer than these. */
export async function requireBaseModel({ components }: TextToImagePipeline, { baseModel }: ConceptCard): Promise<void> {
  const own = {
    textEncoder: await components.textEncoder.fingerprint(),
    transformer: await components.dit.fingerprint(),
  };
  for (const part of ['textEncoder', 'transformer'] as const) {
    if (baseModel[part] === own[part]) continue;
    const [made, here] = [baseModel[part].slice(0, 12), own[part].slice(0, 12)];
    throw new MokusError(
      'base-model',
      `the customization was made on the ${part} ${made}, this one is ${here}; load the model it was made on, or make it again on this one`,
      { field: part },
    );
  }
}
