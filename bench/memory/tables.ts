import { type Tables, table } from '../table.js';
import type { Stage } from './stages.js';

interface MemoryCase {
  readonly name: string;
  readonly weightsMb: number;
  readonly peakMb: number;
  readonly barMb: number | null;
  readonly stages: readonly Stage[];
}

const labels: Readonly<Record<string, string>> = {
  'emoji-world': 'emoji-world, all components',
  smollm2: 'SmolLM2',
  'random-f32': 'a random decoder in f32',
  'random-bf16': 'a random decoder in bf16',
  learning: 'learning, 12 blocks, 1,024 image tokens',
  'learning-checkpointed': 'the same with `gradientCheckpointing`',
};

const megabytes = (value: number | null | undefined): string =>
  value == null ? '-' : `${Math.round(value).toLocaleString('en-US')} MB`;

/** Of bench/results/memory.json. */
export const memoryTables: Tables = {
  memory: (report) =>
    table(
      ['model', 'weights in f32', 'peak', 'its bar', 'of the peak before anything is loaded'],
      (report.cases as readonly MemoryCase[]).map(({ name, weightsMb, peakMb, barMb, stages }) => [
        labels[name] ?? name,
        ...[weightsMb, peakMb, barMb, stages[0]?.peakMb].map(megabytes),
      ]),
    ),
};
