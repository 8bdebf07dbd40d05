import { type DiT, type SiteDelta, sha256, type TextEncoder, type TextToImagePipeline } from '@mokus/core';

/** A sha256 (hex) of what decides a pipeline's pictures besides a call: base weights, and the edits and adapters in place. */
export async function modelState({ components }: TextToImagePipeline): Promise<string> {
  const parts: string[] = [];
  for (const network of [components.textEncoder, components.dit]) {
    parts.push(await network.fingerprint(), ...(await deltaDigests(network)));
  }
  return digestOf(parts);
}

/** A sha256 (hex) of the edits or adapters in place on networks; undefined where there are none. */
export async function deltasState(...networks: readonly Network[]): Promise<string | undefined> {
  const digests: (readonly string[])[] = [];
  for (const network of networks) digests.push(await deltaDigests(network));
  return digests.every(({ length }) => length === 0) ? undefined : digestOf(digests);
}

type Network = Pick<TextEncoder | DiT, 'deltas'>;

async function deltaDigests(network: Network): Promise<string[]> {
  const digests: string[] = [];
  for (const { handle, delta } of network.deltas()) digests.push(handle.site, ...(await arrayDigests(delta)));
  return digests;
}

async function arrayDigests(delta: SiteDelta): Promise<string[]> {
  const arrays = delta.kind === 'lowRank' ? [delta.u, delta.v] : [delta.delta];
  return Promise.all(arrays.map((data) => sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))));
}

function digestOf(parts: readonly unknown[]): Promise<string> {
  return sha256(new TextEncoder().encode(JSON.stringify(parts)));
}
