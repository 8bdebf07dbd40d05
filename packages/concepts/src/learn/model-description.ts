import { type PipelineComponents, type SiteDelta, sha256, type TextToImagePipeline } from '@mokus/core';
import { toBytes } from '@mokus/safetensors';

/** The weights of a pipeline's networks and the deltas that act on them, as hashes: what was made with them names them. */
export async function describeModel({ components }: TextToImagePipeline): Promise<object> {
  const { textEncoder, dit } = components;
  return { textEncoder: await describeNetwork(textEncoder), transformer: await describeNetwork(dit) };
}

async function describeNetwork(
  network: PipelineComponents['textEncoder'] | PipelineComponents['dit'],
): Promise<object> {
  const deltas: string[] = [];
  for (const { handle, delta } of network.deltas()) deltas.push(`${handle.site} ${await hashOf(delta)}`);
  return { weights: await network.fingerprint(), deltas };
}

async function hashOf(delta: SiteDelta): Promise<string> {
  if (delta.kind === 'dense') return sha256(toBytes(delta.delta));
  return `${await sha256(toBytes(delta.u))} ${await sha256(toBytes(delta.v))}`;
}
