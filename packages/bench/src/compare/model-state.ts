import { type DiT, deltaDigests, type TextEncoder, type TextToImagePipeline } from '@mokus/core';
import { jsonDigest } from './digest.js';

/** A sha256 (hex) of what decides a pipeline's pictures besides a call: base weights, and the edits and adapters in place. */
export async function modelState({ components }: TextToImagePipeline): Promise<string> {
  const parts: string[] = [];
  for (const network of [components.textEncoder, components.dit]) {
    parts.push(await network.fingerprint(), ...(await digestsOf(network)));
  }
  return jsonDigest(parts);
}

/** A sha256 (hex) of the edits or adapters in place on networks; undefined where there are none. */
export async function deltasState(...networks: readonly Network[]): Promise<string | undefined> {
  const digests: (readonly string[])[] = [];
  for (const network of networks) digests.push(await digestsOf(network));
  return digests.every(({ length }) => length === 0) ? undefined : jsonDigest(digests);
}

type Network = Pick<TextEncoder | DiT, 'deltas'>;

async function digestsOf(network: Network): Promise<string[]> {
  const digests: string[] = [];
  for (const { handle, delta } of network.deltas()) digests.push(handle.site, ...(await deltaDigests(delta)));
  return digests;
}
