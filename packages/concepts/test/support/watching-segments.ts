import { TextToImagePipeline } from '@mokus/core';

/** The pipeline, with the segments that each backward pass of its transformer was asked for. */
export function watchingSegments(pipeline: TextToImagePipeline): {
  readonly watched: TextToImagePipeline;
  readonly asked: readonly (number | undefined)[];
} {
  const { dit } = pipeline.components;
  const asked: (number | undefined)[] = [];
  const velocityLoss: typeof dit.velocityLoss = (request, run) => {
    asked.push(request.segments);
    return dit.velocityLoss(request, run);
  };
  const components = { ...pipeline.components, dit: { ...dit, velocityLoss } };
  return { watched: new TextToImagePipeline(components, pipeline.defaults), asked };
}
