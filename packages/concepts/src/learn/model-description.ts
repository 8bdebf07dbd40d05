import { deltaDigests, type PipelineComponents, type TextToImagePipeline } from '@mokus/core';

/** The weights of a pipeline's networks and the deltas that act on them, as hashes: what was made with them names them. */
export async function describeModel({ components }: TextToImagePipeline): Promise<object> {
  const { textEncoder, dit } = components;
  return { textEncoder: await describeNetwork(textEncoder), transformer: await describeNetwork(dit) };
}

async function describeNetwork(
  network: PipelineComponents['textEncoder'] | PipelineComponents['dit'],
): Promise<object> {
  const deltas: string[] = [];
  for (const { handle, delta } of network.deltas())
    deltas.push([handle.site, ...(await deltaDigests(delta))].join(' '));
  return { weights: await network.fingerprint(), deltas };
}
