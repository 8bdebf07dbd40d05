import {
  type ByteSource,
  describeJson,
  MokusError,
  type StorageDType,
  type WeightEntry,
  type WeightStore,
} from '@mokus/core';
import type { Dtype, SafetensorsFile, TensorEntry } from '@mokus/safetensors';
import type { FolderSource } from './folder-source.js';
import { openTensors } from './open-tensors.js';
import { joinPath } from './relative-path.js';
import { findWeightFiles } from './weight-files.js';
import { readWeightsIndex, type WeightsIndex } from './weights-index.js';

/** One opened file of a component. */
export interface WeightShard {
  /** Relative to the checkpoint's folder. */
  readonly path: string;
  readonly file: SafetensorsFile;
}

/**
 * A component's tensors. As a WeightStore it lists what programs can compute with; `shards` hold everything, for
 * whoever copies or inspects a checkpoint.
 */
export interface ComponentWeights extends WeightStore {
  /**
   * Where a tensor lies; undefined when there is none of that name.
   *
   * Throws MokusError `unsupported` for one of a dtype that no program computes with (integers, 8-bit floats ...).
   */
  get(name: string): WeightEntry | undefined;
  readonly shards: readonly WeightShard[];
}

const storageOf: Partial<Record<Dtype, StorageDType>> = { F32: 'f32', F16: 'f16', BF16: 'bf16' };

/**
 * Opens the tensors of a component, in one file or sharded: headers are read and checked, tensor bytes are not read.
 *
 * @param component the component's folder, such as `text_encoder`; `''` where the weights lie in the folder itself
 * @throws MokusError `checkpoint`, naming file and tensor: weights or a shard missing or damaged, a tensor in two shards,
 *   or not in the shard that the index names
 */
export async function loadWeights(folder: FolderSource, component: string): Promise<ComponentWeights> {
  const files = await findWeightFiles(folder, component);
  if (files.kind === 'single') {
    const path = joinPath(component, files.file);
    return new OpenedWeights(folder, component, [{ path, file: await openTensors(folder, path) }]);
  }
  const index = await readWeightsIndex(folder, component, files.index);
  const shards = await Promise.all(
    index.shards.map(async (path) => ({ path, file: await openShard(folder, path, index) })),
  );
  const weights = new OpenedWeights(folder, component, shards);
  checkIndex(folder, index, weights);
  return weights;
}

async function openShard(folder: FolderSource, path: string, index: WeightsIndex): Promise<SafetensorsFile> {
  if (!(await folder.exists(path))) {
    throw new MokusError(
      'checkpoint',
      `${folder.name}/${path} is missing, and ${index.path} names it; download the checkpoint again`,
      { file: path },
    );
  }
  return openTensors(folder, path);
}

/** Every tensor must lie where the index says: a swapped or stale shard is found here. */
function checkIndex(folder: FolderSource, index: WeightsIndex, weights: OpenedWeights): void {
  for (const [tensor, path] of index.shardOf) {
    const actual = weights.shardOf(tensor);
    if (actual === path) continue;
    const where = actual === undefined ? 'no shard has it' : `it lies in ${actual}`;
    throw new MokusError(
      'checkpoint',
      `${folder.name}/${index.path} says that ${path} holds ${describeJson(tensor)}, but ${where}; ` +
        'a shard is of another checkpoint or was renamed: download it again',
      { file: path, tensor },
    );
  }
}

interface Located {
  readonly shard: WeightShard;
  readonly entry: TensorEntry;
}

class OpenedWeights implements ComponentWeights {
  readonly name: string;
  readonly shards: readonly WeightShard[];
  readonly #tensors = new Map<string, Located>();

  /** Throws MokusError `checkpoint` for a tensor that lies in two shards. */
  constructor(folder: FolderSource, component: string, shards: readonly WeightShard[]) {
    this.name = component === '' ? folder.name : `${folder.name}/${component}`;
    this.shards = shards;
    for (const shard of shards) {
      for (const [name, entry] of shard.file.tensors) {
        const other = this.#tensors.get(name);
        if (other !== undefined) {
          throw new MokusError(
            'checkpoint',
            `${this.name}: ${describeJson(name)} lies in two files, ${other.shard.path} and ${shard.path}; download them again`,
            { file: shard.path, tensor: name },
          );
        }
        this.#tensors.set(name, { shard, entry });
      }
    }
  }

  get(name: string): WeightEntry | undefined {
    const located = this.#tensors.get(name);
    if (located === undefined) return undefined;
    const { entry, shard } = located;
    const dtype = storageOf[entry.dtype];
    if (dtype === undefined) {
      throw new MokusError(
        'unsupported',
        `${this.name}: ${describeJson(name)} is stored as ${entry.dtype}; only ${Object.keys(storageOf).join(', ')} can be computed ` +
          'with: convert the checkpoint',
        { file: shard.path, tensor: name },
      );
    }
    const source: ByteSource = shard.file.source;
    return { name, dtype, shape: entry.shape, source, offset: entry.offset, length: entry.length };
  }

  *names(): Iterable<string> {
    for (const [name, { entry }] of this.#tensors) {
      if (storageOf[entry.dtype] !== undefined) yield name;
    }
  }

  /** Path of the file that holds a tensor. */
  shardOf(name: string): string | undefined {
    return this.#tensors.get(name)?.shard.path;
  }
}
