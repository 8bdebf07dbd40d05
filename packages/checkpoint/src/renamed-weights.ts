import { MokusError, type WeightStore } from '@mokus/core';

/**
 * The same tensors under other names; nothing is copied. Tensors for which `rename` says undefined are left out.
 *
 * @throws MokusError `weight` when two tensors would get the same name
 */
export function renamedWeights(weights: WeightStore, rename: (name: string) => string | undefined): WeightStore {
  const stored = new Map<string, string>();
  for (const name of weights.names()) {
    const renamed = rename(name);
    if (renamed === undefined) continue;
    const other = stored.get(renamed);
    if (other !== undefined) {
      throw new MokusError(
        'weight',
        `${weights.name}: "${other}" and "${name}" would both be called "${renamed}"; keep one of the two`,
        { file: weights.name, tensor: name },
      );
    }
    stored.set(renamed, name);
  }
  return {
    name: weights.name,
    names: () => stored.keys(),
    get: (name) => {
      const original = stored.get(name);
      const entry = original === undefined ? undefined : weights.get(original);
      return entry === undefined ? undefined : { ...entry, name };
    },
  };
}

/**
 * A prefix rule for `renamedWeights`: names under the first prefix that fits get `to` in its place, all others are left
 * out. Put longer prefixes first: `model.language_model.` before `model.`.
 */
export function replacePrefix(from: readonly string[], to: string): (name: string) => string | undefined {
  return (name) => {
    const prefix = from.find((each) => name.startsWith(each));
    return prefix === undefined ? undefined : `${to}${name.slice(prefix.length)}`;
  };
}
