import {
  type CheckpointFolder,
  checkpointFiles,
  type HubOptions,
  hasWeights,
  readDefaults,
} from '@mokus/checkpoint/node';
import {
  type ArchitectureRegistry,
  type CheckpointFiles,
  type ComponentOutline,
  createArchitectureRegistry,
  findWeight,
  MokusError,
  requireKnown,
  throwIfCancelled,
  type WeightEntry,
  type WeightStore,
} from '@mokus/core';
import { registerQwenImage } from '@mokus/models';
import { hubOptions } from '../hub-options.js';
import { type CheckpointLocation, openFolder } from '../open/ranges.js';
import { componentClasses } from './component-classes.js';
import { countByDtype, countTensors } from './count-tensors.js';
import type { ComponentInspection, InspectedWorkload, Inspection } from './inspection.js';
import { memoryNeeds, type OutlinedComponent, spatialFactorOf } from './memory.js';

type WorkloadOptions = { readonly [Field in keyof InspectedWorkload]?: number | undefined };

export interface InspectOptions extends HubOptions, WorkloadOptions {
  /** Who says what a class runs. Default: the model families of `@mokus/models`. */
  readonly architectures?: ArchitectureRegistry | undefined;
}

const known: Readonly<Record<keyof InspectOptions, true>> = {
  architectures: true,
  size: true,
  textTokens: true,
  batch: true,
  rank: true,
  ...hubOptions,
};

/**
 * What a checkpoint holds and needs, from its configs and the headers of its weight files: tensors are never read, and
 * over HTTP headers are asked for by their ranges. Tensors that a program needs and that are missing or of another shape
 * are refused, as loading would refuse them. A component of an unknown class is counted and no more.
 *
 * Memory, in bytes, for pictures of `size` pixels (default: mokus.json's, else 128 latent positions), prompts of
 * `textTokens` (128), `batch` (1) and adapters of `rank` (4):
 *
 *     generate = 4 P(all components)    + A(largest generating program)
 *     edit     = 4 P(text encoder)      + A(largest editing program)  + 16 sum(dIn^2)
 *     learn    = 4 P(transformer)       + A(its backward program)     + 16 sum(rank (dIn + dOut))
 *
 * P, the parameters that programs read, is exact. A is an estimate: values alive at once, from the programs themselves
 * (see `peakBytes`); onnxruntime on the CPU took 1.0 (a picture decoded at 384 pixels) to 1.5 times as much (a velocity of
 * 4224 positions, a gradient: 1.4), measured with the tiny checkpoint of the tests. So is the last term: float64 second moments and their factors for the default sites, which
 * protection needs; value, gradient and AdamW's moments of each adapter. Learning counts the transformer alone, since
 * latents and conditionings are made before. bf16 and f16 are computed with in f32; a file that is mapped as well counts
 * in no figure, since its pages can be given back.
 *
 * @param location a folder, an address, a hub id (see {@link CheckpointLocation})
 * @throws MokusError `input` (an option that is unknown, a workload that is none), `checkpoint`, `config`, `weight`, `unsupported` (a dtype that nothing computes with), `cancelled`,
 *   and what the hub and servers refuse (`network`, `access`, `not-found`, `rate-limit`, `integrity`, `offline`)
 */
export async function inspect(location: CheckpointLocation, options: InspectOptions = {}): Promise<Inspection> {
  requireKnown('inspect', options, known);
  const { signal, onProgress, architectures = registerQwenImage(createArchitectureRegistry()) } = options;
  checkWorkload(options);
  throwIfCancelled(signal, 'the inspection');
  const files = checkpointFiles(await openFolder(location, options));
  const { pipeline, classes } = await componentClasses(files.source);
  const components: ComponentInspection[] = [];
  const outlined: OutlinedComponent[] = [];
  for (const [component, className] of classes) {
    throwIfCancelled(signal, `inspecting ${files.name}`);
    const found = await inspectComponent(files, component, className, { architectures, signal });
    components.push(found.inspection);
    if (found.outlined !== undefined) outlined.push(found.outlined);
    onProgress?.({ kind: 'load', component, done: components.length, total: classes.size });
  }
  const workload = {
    size: options.size ?? (await readDefaults(files)).size ?? 128 * spatialFactorOf(outlined),
    textTokens: options.textTokens ?? 128,
    batch: options.batch ?? 1,
    rank: options.rank ?? 4,
  };
  const isWholePipeline =
    pipeline !== undefined && components.every(({ isOutlined, stored }) => isOutlined || stored.tensors === 0);
  return { name: files.name, pipeline, components, memory: memoryNeeds(outlined, workload, isWholePipeline) };
}

function checkWorkload(options: WorkloadOptions): void {
  for (const field of ['size', 'textTokens', 'batch', 'rank'] as const) {
    const value = options[field];
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1)) continue;
    throw new MokusError('input', `${field} is ${value}; expected a whole number from 1`, { field });
  }
}

async function inspectComponent(
  files: CheckpointFolder,
  component: string,
  className: string,
  { architectures, signal }: Required<Pick<InspectOptions, 'architectures' | 'signal'>>,
): Promise<{ readonly inspection: ComponentInspection; readonly outlined: OutlinedComponent | undefined }> {
  const outliner = architectures?.outlines.get(className);
  const nothing = countTensors([]);
  const base = { component, className, isOutlined: outliner !== undefined, sites: [] };
  if (outliner === undefined && !(await hasWeights(files.source, component))) {
    return { inspection: { ...base, files: 0, stored: nothing, byDtype: {}, read: undefined }, outlined: undefined };
  }
  const weights = await files.weights(component);
  const entries = weights.shards.flatMap(({ file }) => [...file.tensors.values()]);
  const counted = {
    ...base,
    files: weights.shards.length,
    stored: countTensors(entries),
    byDtype: countByDtype(entries),
  };
  if (outliner === undefined) return { inspection: { ...counted, read: undefined }, outlined: undefined };
  const outline = await outliner({ files: withOpened(files, weights), component, signal });
  const read = readTensors(outline, weights);
  return {
    inspection: { ...counted, read: countTensors(read.values()), sites: outline.sites },
    outlined: { outline, read, find: (tensor) => weights.get(tensor) },
  };
}

/** The files with one component's headers, which are not read a second time. */
export function withOpened(files: CheckpointFiles, weights: WeightStore): CheckpointFiles {
  return {
    name: files.name,
    exists: (path) => files.exists(path),
    readJson: (path) => files.readJson(path),
    readText: (path) => files.readText(path),
    weights: async () => weights,
  };
}

/** The stored tensors that a component's programs read, checked as a backend does before it loads them. */
export function readTensors({ programs }: ComponentOutline, weights: WeightStore): Map<string, WeightEntry> {
  const specs = Object.values(programs).flatMap(({ program }) => program.weights);
  const reader = { name: 'inspect', storage: ['f32', 'f16', 'bf16'] as const };
  return new Map(specs.map((spec) => [spec.name, findWeight(weights, spec, reader)]));
}
