import { f32Tensor, type HostTensor, requireF32 } from '@mokus/core';
import type { Program } from '@mokus/graph';
import { deltaInputs } from '../deltas/delta-linear.js';
import type { ProgramSet } from '../program-set.js';
import { setName } from '../set-name.js';
import type { QwenImageTransformerConfig } from './config.js';
import type { RunningDeltas } from './deltas.js';
import {
  blocksProgram,
  blocksVjpProgram,
  cotangentInput,
  entryGradientOutput,
  velocityLossProgram,
  type Wanted,
} from './programs.js';
import { type BlockRange, traceBlocks } from './trace-velocity.js';

type Tensors = Readonly<Record<string, HostTensor>>;

/** Blocks that run and are differentiated together. */
export interface Segment extends BlockRange {
  /** Ids of its linear layers. */
  readonly sites: ReadonlySet<string>;
}

/** Cuts the blocks into `count` segments as equal as can be; more than there are blocks are one each. */
export function segmentsOf(config: QwenImageTransformerConfig, count: number): readonly Segment[] {
  const { layers } = config;
  const segments = Math.min(count, layers);
  const start = (index: number): number => Math.floor((index * layers) / segments);
  return Array.from({ length: segments }, (_, index) => {
    const range = { first: start(index), end: start(index + 1) };
    return { ...range, sites: new Set(traceBlocks(config, [], range).sites.map(({ id }) => id)) };
  });
}

export interface SegmentedModel {
  readonly config: QwenImageTransformerConfig;
  readonly programs: ProgramSet;
  readonly segments: readonly Segment[];
}

/** One pass over segments: a program to build, and what of the model's inputs and deltas it is fed. */
interface Part {
  readonly name: string;
  readonly build: () => Program;
  readonly inputs: Tensors;
}

/**
 * Gradient checkpointing (Chen et al. 2016): the forward pass keeps the two streams where segments meet and nothing else;
 * backward, each segment runs forward once more from there and hands the cotangent of its streams down. One segment's
 * activations are in memory at a time. Returns what `velocityLossProgram` does over the whole model, computed by the same
 * operations; a layer of the time embedding, which every segment reads, gets the sum of its parts in another order.
 */
export async function segmentedVelocityLoss(
  { config, programs, segments }: SegmentedModel,
  { adapted, trials, inputs: deltas }: RunningDeltas,
  { target, latents, states, ...shared }: Tensors,
  ofStates: boolean,
  signal: AbortSignal | undefined,
): Promise<Tensors> {
  const own = (ids: readonly string[], { sites }: Segment): readonly string[] => ids.filter((id) => sites.has(id));
  // Below the lowest segment that holds something to differentiate by nothing goes backward.
  const lowest = ofStates ? 0 : segments.findIndex((segment) => own(trials, segment).length > 0);
  const part = (direction: string, segment: Segment, build: (adapted: readonly string[]) => Program): Part => {
    const sites = own(adapted, segment);
    const names = sites.flatMap((id) => Object.values(deltaInputs(id)));
    return {
      name: `velocityLoss ${direction} ${segment.first}-${segment.end - 1} ${setName(sites)}`.trim(),
      build: () => build(sites),
      inputs: { ...shared, ...Object.fromEntries(names.map((name) => [name, deltas[name] as HostTensor])) },
    };
  };
  const wantedOf = (segment: Segment, index: number): Wanted => ({
    trials: own(trials, segment),
    entry: index > lowest || ofStates,
  });
  const nameOf = ({ trials: ids, entry }: Wanted): string => `by ${setName(ids)}${entry ? ' entry' : ''}`;
  const forward = segments
    .slice(0, -1)
    .map((segment) => part('forward', segment, (sites) => blocksProgram(config, sites, segment)));
  const backward = segments.slice(lowest).map((segment, at) => {
    const wanted = wantedOf(segment, lowest + at);
    const isLast = segment.end === config.layers;
    return part(`backward ${nameOf(wanted)}`, segment, (sites) =>
      isLast ? velocityLossProgram(config, sites, wanted, segment) : blocksVjpProgram(config, sites, wanted, segment),
    );
  });
  await programs.prepare(new Map([...forward, ...backward].map(({ name, build }) => [name, build])));
  const run = ({ name, build, inputs }: Part, more: Tensors): Promise<Tensors> =>
    programs.run(name, build, { ...inputs, ...more }, { signal });

  const entries: Tensors[] = [{ latents: latents as HostTensor, states: states as HostTensor }];
  for (const each of forward) entries.push(await run(each, entries.at(-1) as Tensors));
  const found: Record<string, HostTensor> = {};
  let seeds: Tensors = { target: target as HostTensor };
  for (const [at, each] of [...backward.entries()].reverse()) {
    const outputs = await run(each, { ...(entries[lowest + at] as Tensors), ...seeds });
    entries.length = lowest + at;
    for (const [name, output] of Object.entries(outputs)) {
      const before = found[name];
      found[name] = before === undefined ? output : sum(requireF32(before, name), requireF32(output, name));
    }
    seeds = Object.fromEntries(
      ['text', 'image'].flatMap((stream) => {
        const name = entryGradientOutput(stream);
        const cotangent = found[name];
        delete found[name];
        return cotangent === undefined ? [] : [[cotangentInput(stream), cotangent]];
      }),
    );
  }
  return found;
}

function sum(a: HostTensor<'f32'>, b: HostTensor<'f32'>): HostTensor<'f32'> {
  return f32Tensor(
    a.shape,
    a.data.map((value, at) => value + (b.data[at] as number)),
  );
}
