/**
 * A short name of a set of module names in order of layers: `layers.0.mlp.gate_proj`, `layers.1.mlp.gate_proj` are
 * `mlp.gate_proj[0-1]`; one that stands outside the layers is named whole.
 */
export function setName(ids: readonly string[]): string {
  const layersOf = new Map<string, number[]>();
  const others: string[] = [];
  for (const id of ids) {
    const [, layer, module] = /^[^.]+\.(\d+)\.(.+)$/.exec(id) ?? [];
    if (module === undefined) others.push(id);
    else layersOf.set(module, [...(layersOf.get(module) ?? []), Number(layer)]);
  }
  return [...others, ...[...layersOf].map(([module, layers]) => `${module}[${rangesText(layers)}]`)].join(' ');
}

function rangesText(ascending: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const layer of ascending) {
    const last = ranges.at(-1);
    if (last !== undefined && layer <= last[1] + 1) last[1] = layer;
    else ranges.push([layer, layer]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}
