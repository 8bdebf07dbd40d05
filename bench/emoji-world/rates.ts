/** Share of items for which it holds, in [0, 1]; NaN for none. */
export function rate<Item>(items: readonly Item[], holds: (item: Item) => boolean): number {
  return items.length === 0 ? Number.NaN : items.filter(holds).length / items.length;
}

/** A picture shows a concept when that is its nearest one and near enough to count. */
export function shows(
  row: { readonly nearest: { readonly concept: string; readonly distance: number } },
  concept: string,
  limit: number,
): boolean {
  return row.nearest.concept === concept && row.nearest.distance <= limit;
}
