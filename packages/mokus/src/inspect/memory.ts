import type { ComponentOutline, OutlinedProgram, ProgramUse, WeightEntry, Workload } from '@mokus/core';
import { decomposeProgram, elementCount, peakBytes } from '@mokus/graph';
import { defaultLowerings } from '@mokus/onnx';
import type { InspectedWorkload, MemoryNeed, MemoryNeeds } from './inspection.js';

/** A component that says what it runs, with the tensors that it reads. */
export interface OutlinedComponent {
  readonly outline: ComponentOutline;
  readonly read: ReadonlyMap<string, WeightEntry>;
  /** A tensor of the component by name, read or not. */
  readonly find: (tensor: string) => WeightEntry | undefined;
}

const f32Bytes = 4;
const f64Bytes = 8;
/** An adapter's parameter: its value, its gradient and AdamW's two moments, all fp32. */
const trainedBytes = 4 * f32Bytes;

/** Pixels per latent position, each way: Qwen-Image's where no image codec says. */
export function spatialFactorOf(components: readonly OutlinedComponent[]): number {
  return components.find(({ outline }) => outline.spatialFactor !== undefined)?.outline.spatialFactor ?? 8;
}

/**
 * The formula stands at `inspect`. `isWholePipeline` says whether these are all networks of a pipeline: what part of one
 * takes says nothing about generating.
 */
export function memoryNeeds(
  components: readonly OutlinedComponent[],
  asked: InspectedWorkload,
  isWholePipeline: boolean,
): MemoryNeeds {
  const side = Math.ceil(asked.size / spatialFactorOf(components));
  const workload: Workload = {
    batch: asked.batch,
    textTokens: asked.textTokens,
    latentHeight: side,
    latentWidth: side,
  };
  return {
    workload: asked,
    generate: needOf(isWholePipeline ? components : [], 'generate', workload, () => 0),
    edit: needOf(
      components.filter(({ outline }) => outline.sites.length > 0),
      'edit',
      workload,
      statisticsBytes,
    ),
    learn: needOf(
      components.filter(({ outline }) => outline.adapterTargets.length > 0),
      'learn',
      workload,
      (component) => adapterBytes(component, asked.rank),
    ),
  };
}

/** What the involved components need together, where there are any. */
function needOf(
  involved: readonly OutlinedComponent[],
  use: ProgramUse,
  workload: Workload,
  stateOf: (component: OutlinedComponent) => number,
): MemoryNeed | undefined {
  if (involved.length === 0) return undefined;
  const entries = involved.flatMap(({ read }) => [...read.values()]);
  const weights = sum(entries, ({ shape }) => f32Bytes * elementCount(shape));
  const programs = involved
    .flatMap(({ outline }) => Object.values(outline.programs))
    .filter((program) => program.use === use);
  // One program runs at a time.
  const activations = Math.max(0, ...programs.map((program) => activationBytes(program, workload)));
  const state = sum(involved, stateOf);
  return {
    weights,
    weightsAsStored: sum(entries, ({ length }) => length),
    activations,
    state,
    total: weights + activations + state,
  };
}

/** As the CPU backend runs it: attention, for one, is lowered to products with all scores between them. */
function activationBytes({ program, dims }: OutlinedProgram, workload: Workload): number {
  return peakBytes(
    decomposeProgram(program, (operation) => defaultLowerings.has(operation)),
    dims(workload),
  );
}

/** float64 second moments of the default sites' inputs and their Cholesky factors, one of each input group. */
function statisticsBytes({ outline }: OutlinedComponent): number {
  const defaults = new Set(outline.defaultSites);
  const sites = outline.sites.filter(({ id }) => defaults.has(id));
  const sizes = new Map(sites.map(({ inputGroup, dIn }) => [inputGroup, dIn]));
  return sum([...sizes.values()], (dIn) => 2 * f64Bytes * dIn * dIn);
}

/** A [rank, dIn] and B [dOut, rank] for each target. */
function adapterBytes({ outline, find }: OutlinedComponent, rank: number): number {
  return sum(outline.adapterTargets, (module) => {
    const [dOut = 0, dIn = 0] = find(`${module}.weight`)?.shape ?? [];
    return trainedBytes * rank * (dOut + dIn);
  });
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
