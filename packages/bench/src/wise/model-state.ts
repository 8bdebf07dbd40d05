import { type DiT, type SiteDelta, sha256, type TextEncoder, type TextToImagePipeline } from '@mokus/core';

/** A sha256 (hex) of what decides a pipeline's pictures besides a call: base weights, and the edits and adapters in place. */
export async function modelState({ components }: TextToImagePipeline): Promise<string> {
  const parts: string[] = [];
  for (const component of [components.textEncoder, components.dit] satisfies (TextEncoder | DiT)[]) {
    parts.push(await component.fingerprint());
    for (const { handle, delta } of component.deltas()) parts.push(handle.site, ...(await digestsOf(delta)));
  }
  return sha256(new TextEncoder().encode(JSON.stringify(parts)));
}

async function digestsOf(delta: SiteDelta): Promise<string[]> {
  const arrays = delta.kind === 'lowRank' ? [delta.u, delta.v] : [delta.delta];
  return Promise.all(arrays.map((data) => sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))));
}
