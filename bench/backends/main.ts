/**
 * Every backend that is here beside the CPU, in one run: does it compute what it should, and how long does it take?
 *
 *   npm run bench:backends                     all; goes on where it stopped (.cache/bench-backends-...)
 *   npm run bench:backends -- cpu webgpuNative these only
 *   npm run bench:backends -- --seconds 1200   for each part of each backend; default: 600
 *   npm run bench:backends -- cuda --pytorch FILE   a GPU beside PyTorch: FILE is written by tools/backends/pytorch.py there
 *   npm run bench:backends -- --report         measures nothing: the report of what was measured so far
 *
 * Parts run one after the other, each in a process of its own, and the backends of a part follow each other. On a software
 * Vulkan driver and 2 cores it takes up to an hour. Writes bench/results/backends.json, the table of the WebGPU package's
 * README and, where there is a CUDA GPU, a record in bench/records/.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openEmojiWorld } from '../emoji-world/open.js';
import { PartialResults } from '../partial-results.js';
import { runProcess } from '../processes.js';
import { recordHead } from '../record.js';
import type { StepTime } from '../step-times.js';
import { writeTables } from '../tables.js';
import { type BesidePytorch, notBesidePytorch } from './beside-pytorch.js';
import { chainParts } from './chain.js';
import type { Conformance } from './conformance.js';
import { writeCudaRecord } from './cuda-record.js';
import { fullWidthParts, fullWidthSizes } from './full-width.js';
import { drawnSoFar, pictureSteps } from './pictures.js';
import { findProviders, type ProviderName, vulkan } from './providers.js';
import { type BackendFigures, figuresOf, noResults, type PartResults, ratiosBetween } from './summary.js';

const { values, positionals } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    pytorch: { type: 'string' },
    report: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const all = findProviders();
const unknown = positionals.find((name) => !all.some((each) => each.name === name));
if (unknown !== undefined)
  throw new Error(`no backend '${unknown}'; there are ${all.map(({ name }) => name).join(', ')}`);
const chosen = all.filter(({ name }) => positionals.length === 0 || name === 'cpu' || positionals.includes(name));
const present = chosen.filter(({ absent }) => absent === undefined);

const pipeline = await openEmojiWorld();
const fingerprint = await pipeline.components.textEncoder.fingerprint();
await pipeline.dispose();
const partial = new PartialResults(`bench-backends-${fingerprint.slice(0, 12)}`);
const worker = new URL('./worker.ts', import.meta.url);

/** The last line that the part's process prints. Throws the reason where there is none. */
async function runPart<Result>(provider: ProviderName, part: string): Promise<Result> {
  if (values.report) throw new Error('not measured to its end so far');
  const folder = partial.folder.split('/').at(-2)!;
  // It ends by itself, unless a GPU call does not return.
  const options = { environment: vulkan ?? {}, seconds: Number(values.seconds) + 60 };
  const output = await runProcess(worker, [provider, part, folder, values.seconds, values.pytorch ?? ''], options);
  const result = JSON.parse(output.trim().split('\n').at(-1)!);
  if (result !== null && typeof result === 'object' && 'reason' in result) throw new Error(result.reason);
  return result;
}

const results = new Map<ProviderName, PartResults>(present.map(({ name }) => [name, noResults()]));

let beside = notBesidePytorch;

/**
 * Measures a part of each backend; what cannot be measured is tried again in the next run. `keep` is given undefined then: a
 * part of several pieces has kept those that it came to.
 */
async function measure<Result>(
  part: string,
  keep: (results: PartResults, result: Result | undefined, name: ProviderName) => void,
  names: readonly ProviderName[] = present.map(({ name }) => name),
): Promise<void> {
  for (const name of names) {
    const own = results.get(name);
    if (own === undefined) continue;
    const result = await partial
      .once(`${name}-${part}`, () => runPart<Result>(name, part))
      .catch((error: Error) => {
        own.reasons[part] = error.message;
        console.log(`${name}, ${part}: ${error.message}`);
        return undefined;
      });
    keep(own, result, name);
    writeReport();
  }
}

function writeReport(): void {
  const figures: Partial<Record<ProviderName, BackendFigures>> = {};
  for (const { name, library } of present) figures[name] = figuresOf(library, results.get(name)!, results.get('cpu'));
  const cuda = { ...(figures.cuda ?? unmeasured('cuda')), ...beside };
  const report = {
    ...recordHead('npm run bench:backends'),
    adapter,
    sizes: { fullWidth: fullWidthSizes, pictureSteps },
    ...Object.fromEntries(all.map(({ name }) => [name, figures[name] ?? null])),
    cuda,
    nativeOverWeb: ratiosBetween(figures.webgpuNative, figures.webgpu),
    absent: Object.fromEntries(all.flatMap(({ name, absent }) => (absent === undefined ? [] : [[name, absent]]))),
  };
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toPrecision(4)) : value;
  const text = `${JSON.stringify(report, rounded, 2)}\n`;
  writeFileSync(new URL('../results/backends.json', import.meta.url), text);
  if (figures.cuda !== undefined) writeCudaRecord({ cpu: figures.cpu, cuda });
}

/** Every figure null. */
function unmeasured(name: ProviderName): BackendFigures {
  const { library } = all.find((each) => each.name === name)!;
  return figuresOf(library, noResults(), undefined);
}

const hasWebgpu = present.some(({ name }) => name === 'webgpu');
const adapter = hasWebgpu ? await partial.once('adapter', () => runPart<unknown>('webgpu', 'adapter')) : null;
await measure('chain', ({ times }, _, name) => {
  for (const part of chainParts) times[part] = partial.kept<StepTime>(`${name}-${part}`);
});
await measure<number>(
  'weightReuploads',
  (own, count) => {
    own.weightReuploads = count;
  },
  ['webgpu', 'webgpuNative'],
);
await measure<Conformance>('conformance', (own, conformance) => {
  own.conformance = conformance;
});
for (const part of fullWidthParts) {
  await measure<StepTime>(part, ({ times }, time) => {
    times[part] = time;
  });
}
await measure('pictures', (own, _, name) => {
  own.verdicts = drawnSoFar(name, partial);
});
if (values.pytorch !== undefined && results.has('cuda')) {
  beside = await runPart<BesidePytorch>('cuda', 'besidePytorch');
  writeReport();
}
writeTables();
