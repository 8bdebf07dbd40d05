import { readFile } from 'node:fs/promises';
import type { ByteSource, Json, WeightEntry, WeightStore } from '@mokus/core';

export type FullSizeComponent = 'transformer' | 'text_encoder' | 'vae';

/** A network of Qwen-Image at full size, as its reference class declares it (tools/models-fixtures/fullsize.py). */
export interface FullSizeNetwork {
  readonly className: string;
  readonly config: { readonly [key: string]: Json };
  readonly tensorCount: number;
  readonly parameters: number;
  /** Shapes by name, in the spelling of the released files. */
  readonly tensors: ReadonlyMap<string, readonly number[]>;
}

export async function fullSizeNetwork(component: FullSizeComponent): Promise<FullSizeNetwork> {
  const file = new URL(`../fixtures/fullsize/${component}.json`, import.meta.url);
  const content = JSON.parse(await readFile(file, 'utf8'));
  const folded: [string, number[]][] = Object.entries(content.tensors);
  return { ...content, tensors: new Map(folded.flatMap(([name, shape]) => unfold(name).map((each) => [each, shape]))) };
}

/** "blocks.{0-59}.bias" as its sixty names. */
function unfold(name: string): string[] {
  const range = name.match(/\{(\d+)-(\d+)\}/);
  if (range === null) return [name];
  const [first, last] = [Number(range[1]), Number(range[2])];
  return Array.from({ length: last - first + 1 }, (_, index) => name.replace(range[0], String(first + index)));
}

/** The tensors of a network as bf16, one after the other in one file that has no bytes. */
export function weightsWithoutBytes(
  name: string,
  { tensors }: Pick<FullSizeNetwork, 'tensors'>,
  rename: (tensor: string) => string = (tensor) => tensor,
): WeightStore {
  const entries = new Map<string, WeightEntry>();
  const sizeOf = (shape: readonly number[]): number => shape.reduce((product, each) => product * each, 2);
  const source: ByteSource = {
    size: [...tensors.values()].reduce((sum, shape) => sum + sizeOf(shape), 0),
    filePath: `/full-size/${name}.safetensors`,
    read: () => Promise.reject(new Error(`${name}: bytes of a tensor were read`)),
  };
  let offset = 0;
  for (const [original, shape] of tensors) {
    const [tensor, length] = [rename(original), sizeOf(shape)];
    entries.set(tensor, { name: tensor, dtype: 'bf16', shape, source, offset, length });
    offset += length;
  }
  return { name, get: (tensor) => entries.get(tensor), names: () => entries.keys() };
}
