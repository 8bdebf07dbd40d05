import type { Edit, SiteDelta, TextEncoder } from '@mokus/core';

/** Whether the deltas of an edit are on the encoder: by their values, as encoders and files keep copies. */
export function isPushed(encoder: TextEncoder, sites: Edit['sites']): boolean {
  const pushed = encoder.deltas();
  return (
    sites.size > 0 &&
    [...sites].every(([site, delta]) =>
      pushed.some(({ handle, delta: other }) => handle.site === site && isSame(delta, other)),
    )
  );
}

function isSame(a: SiteDelta, b: SiteDelta): boolean {
  if (a.kind === 'dense') return b.kind === 'dense' && isEqual(a.delta, b.delta);
  return b.kind === 'lowRank' && isEqual(a.u, b.u) && isEqual(a.v, b.v);
}

function isEqual(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
