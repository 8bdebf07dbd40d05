import { describeJson, isJsonObject, MokusError } from '@mokus/core';
import type { FolderSource } from './folder-source.js';
import { readJson } from './read-json.js';
import { checkRelativePath, joinPath } from './relative-path.js';

/** The index of a sharded component: which file holds which tensor. */
export interface WeightsIndex {
  /** Path of the index, relative to the checkpoint's folder. */
  readonly path: string;
  /** Path of the shard, relative to the checkpoint's folder, by tensor name. */
  readonly shardOf: ReadonlyMap<string, string>;
  /** The shards, in order of names. */
  readonly shards: readonly string[];
}

/** No released checkpoint comes near; a hostile index could name millions of files. */
const maxShards = 4096;

/**
 * Reads a `*.safetensors.index.json`.
 *
 * @throws MokusError `checkpoint`: no JSON object, no `weight_map`, an entry that is no path to a .safetensors file
 *   beside the index, too many shards
 */
export async function readWeightsIndex(folder: FolderSource, component: string, file: string): Promise<WeightsIndex> {
  const path = joinPath(component, file);
  const index = await readJson(folder, path);
  const refuse = (problem: string, tensor?: string): MokusError =>
    new MokusError(
      'checkpoint',
      `${folder.name}/${path} ${problem}; the index is wrong: download it again, or save the checkpoint again`,
      tensor === undefined ? { file: path } : { file: path, tensor },
    );
  const weightMap = isJsonObject(index) ? index.weight_map : undefined;
  if (!isJsonObject(weightMap)) throw refuse('has no object "weight_map"');
  const shardOf = new Map<string, string>();
  const shards = new Set<string>();
  for (const [tensor, shard] of Object.entries(weightMap)) {
    if (typeof shard !== 'string' || !shard.endsWith('.safetensors')) {
      throw refuse(`maps ${describeJson(tensor)} to ${describeJson(shard)}, which is no .safetensors file`, tensor);
    }
    const shardPath = joinPath(component, checkRelativePath(shard, path));
    shardOf.set(tensor, shardPath);
    shards.add(shardPath);
    if (shards.size > maxShards) throw refuse(`names more than ${maxShards} files`);
  }
  if (shardOf.size === 0) throw refuse('lists no tensors');
  return { path, shardOf, shards: [...shards].sort() };
}
