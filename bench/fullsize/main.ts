/**
 * How long does it take to build and lower every program of Qwen-Image at full size, and what memory does it need? The
 * checkpoint has configs, indices and headers, and no tensors.
 *
 *   npm run bench:fullsize                 seconds
 *
 * Writes bench/results/fullsize.json.
 */
import { writeFileSync } from 'node:fs';
import { checkpointFiles } from '@mokus/checkpoint';
import { createArchitectureRegistry } from '@mokus/core';
import { registerOutlines } from '@mokus/models';
import { defaultLowerings, lower } from '@mokus/onnx';
import { inspect } from 'mokus';
import { fullSizeNetwork } from '../../packages/models/test/support/full-size.js';
import { fullSizeFolder } from '../../packages/mokus/test/support/full-size-folder.js';
import { recordHead } from '../record.js';
import { timed } from '../step-times.js';

const components = ['transformer', 'text_encoder', 'vae'] as const;
const target = {
  backend: 'cpu',
  compute: ['f32'],
  storage: ['f32', 'f16', 'bf16'],
  lowerings: defaultLowerings,
  castsStorage: true,
} as const;

const folder = await fullSizeFolder();
const files = checkpointFiles(folder);
const registry = createArchitectureRegistry();
registerOutlines(registry);

async function measure(component: (typeof components)[number]) {
  const { className, tensorCount, parameters } = await fullSizeNetwork(component);
  const outliner = registry.outlines.get(className);
  if (outliner === undefined) throw new Error(`nobody outlines ${className}`);
  const build = await timed(() => outliner({ files, component }));
  const programs = Object.fromEntries(
    Object.entries(build.result.programs).map(([name, { program }]) => [name, program]),
  );
  // Headers were read to build; a backend opens them once more.
  const weights = await files.weights(component);
  const lowering = await timed(() => lower(programs, located(weights), { ...target, mapsFiles: true }));
  return {
    component,
    programs: Object.keys(programs).length,
    values: Object.values(programs).reduce((sum, { values }) => sum + values.length, 0),
    tensors: tensorCount,
    parameters,
    read: lowering.result.weights.initializers.length,
    onnxBytes: lowering.result.model.byteLength,
    buildSeconds: build.seconds,
    buildProcessorSeconds: build.processorSeconds,
    lowerSeconds: lowering.seconds,
    lowerProcessorSeconds: lowering.processorSeconds,
  };
}

/** The weights as if their files lay on this machine: a lowering names them by path and reads no bytes. */
function located(weights: Awaited<ReturnType<typeof files.weights>>): typeof weights {
  return {
    name: weights.name,
    shards: weights.shards,
    names: () => weights.names(),
    get: (name) => {
      const entry = weights.get(name);
      return entry && { ...entry, source: { ...entry.source, filePath: `/${entry.source.name}` } };
    },
  };
}

const measured: Awaited<ReturnType<typeof measure>>[] = [];
for (const component of components) measured.push(await measure(component));
const sum = (value: (each: (typeof measured)[number]) => number): number =>
  measured.reduce((total, each) => total + value(each), 0);
const inspection = await timed(() => inspect(folder));

const report = {
  ...recordHead('npm run bench:fullsize'),
  totalSeconds: sum(({ buildSeconds, lowerSeconds }) => buildSeconds + lowerSeconds),
  totalProcessorSeconds: sum((each) => each.buildProcessorSeconds + each.lowerProcessorSeconds),
  components: measured,
  inspectSeconds: inspection.seconds,
  inspectProcessorSeconds: inspection.processorSeconds,
  memory: inspection.result.memory,
  highestResidentMb: process.resourceUsage().maxRSS / 1024,
};
writeFileSync(
  new URL('../results/fullsize.json', import.meta.url),
  `${JSON.stringify(report, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(12)) : value), 2)}\n`,
);
console.log(JSON.stringify(report, null, 2));
