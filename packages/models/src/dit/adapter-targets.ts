/** Projections of the image stream's attention: what diffusers' LoRA training adapts unless told otherwise. */
const projections = ['to_q', 'to_k', 'to_v', 'to_out.0'];

/** Ids of the sites that an adapter is trained on by default, block by block. */
export function adapterTargets({ layers }: { readonly layers: number }): readonly string[] {
  return Array.from({ length: layers }, (_, block) =>
    projections.map((name) => `transformer_blocks.${block}.attn.${name}`),
  ).flat();
}
