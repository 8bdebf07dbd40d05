/** Whole folders with anything in their files, at random: each is read, or refused naming the file and the tensor or field. */
import {
  checkpointFiles,
  componentClass,
  memoryFolder,
  nodeFolder,
  readDefaults,
  readModelIndex,
} from '@mokus/checkpoint/node';
import { createArchitectureRegistry, findWeight, MokusError } from '@mokus/core';
import { registerQwenImage } from '@mokus/models';
import { openSafetensors, type TensorToWrite, writeSafetensors } from '@mokus/safetensors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tinyFolder } from './support/tiny-folder.js';

const folder = await nodeFolder(tinyFolder);
const registry = registerQwenImage(createArchitectureRegistry());
const reader = { name: 'test', storage: ['f32', 'f16', 'bf16'] as const };
const utf8 = new TextEncoder();
/** A message that repeats it is too long. */
const long = 'x'.repeat(5000);

/** The tiny folder in memory, some files changed. */
async function filesWith(changes: Readonly<Record<string, Uint8Array>> = {}) {
  const files = new Map<string, Uint8Array>();
  for (const path of (await folder.files?.()) ?? []) {
    const source = await folder.open(path);
    files.set(path, changes[path] ?? (await source.read(0, source.size)));
  }
  return checkpointFiles(memoryFolder('here', new Map([...files, ...Object.entries(changes)])));
}

const components = [
  ['text_encoder', 'Qwen2_5_VLForConditionalGeneration', 'model.safetensors'],
  ['transformer', 'QwenImageTransformer2DModel', 'diffusion_pytorch_model.safetensors'],
  ['vae', 'AutoencoderKLQwenImage', 'diffusion_pytorch_model.safetensors'],
] as const;

/** The names of the tensors that a component's programs read, each found and checked as a backend does. */
async function readTensors(files: Awaited<ReturnType<typeof filesWith>>, component: string, className: string) {
  const outline = registry.outlines.get(className);
  if (outline === undefined) throw new Error(`${className} is not registered`);
  const { programs } = await outline({ files, component });
  const specs = Object.values(programs).flatMap(({ program }) => program.weights);
  const weights = await files.weights(component);
  for (const spec of specs) findWeight(weights, spec, reader);
  return [...new Set(specs.map(({ name }) => name))];
}

/** Runs what may refuse; a refusal must be typed and short. */
async function refusal(run: () => Promise<unknown>): Promise<MokusError | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    if (!MokusError.isInstance(error)) throw error;
    expect(error.message.length).toBeLessThan(2000);
    return error;
  }
}

describe('an index or defaults with anything in them', () => {
  const entry = fc.oneof(
    fc.constantFrom<unknown[]>(
      ['diffusers', 'AutoencoderKLQwenImage'],
      ['a', '__proto__'],
      ['a', long],
      [null, null],
      ['x'],
      [],
    ),
    fc.constant(long),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const key = fc.oneof(
    fc.constantFrom('vae', '_class_name', 'constructor', '__proto__', 'size', 'steps', long),
    fc.string(),
  );
  const text = fc.oneof(
    { weight: 6, arbitrary: fc.dictionary(key, entry, { noNullPrototype: true }).map((json) => JSON.stringify(json)) },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string() },
  );

  it.each([
    ['model_index.json', (files) => readModelIndex(files.source)],
    ['model_index.json', (files) => componentClass(files, 'vae', registry.imageCodecs)],
    ['mokus.json', (files) => readDefaults(files)],
  ] as const satisfies readonly (readonly [
    string,
    (files: Awaited<ReturnType<typeof filesWith>>) => Promise<unknown>,
  ])[])('%s is read or refused', async (path, read) => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        const files = checkpointFiles(memoryFolder('here', new Map([[path, utf8.encode(content)]])));
        const error = await refusal(() => read(files));
        if (error === undefined) return;
        refused += 1;
        expect(['checkpoint', 'config', 'unsupported']).toContain(error.code);
        expect(error.details.file).toBe(path);
      }),
      { numRuns: 500, seed: 20261124 },
    );
    expect(refused).toBeGreaterThan(100);
  });
});

describe.each(components)('%s', async (component, className, file) => {
  const path = `${component}/${file}`;
  const names = await readTensors(await filesWith(), component, className);

  it('is refused where a tensor that it reads is missing, or of another shape or type', async () => {
    const stored = await openSafetensors(await folder.open(path));
    const change = fc.record({
      name: fc.constantFrom(...names),
      kind: fc.constantFrom('missing', 'renamed', 'shape', 'rank', 'dtype'),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ name, kind }) => {
        const tensors: TensorToWrite[] = [];
        for (const [each, { dtype, shape }] of stored.tensors) {
          const data = await stored.read(each);
          const tensor: TensorToWrite = { name: each, dtype, shape, data };
          if (each !== name) tensors.push(tensor);
          else if (kind === 'renamed') tensors.push({ ...tensor, name: `${each}.old` });
          else if (kind === 'rank') tensors.push({ ...tensor, shape: [1, ...shape] });
          else if (kind === 'dtype') tensors.push({ ...tensor, dtype: 'I32' });
          else if (kind === 'shape') {
            tensors.push({
              ...tensor,
              shape: [2 * (shape[0] ?? 1), ...shape.slice(1)],
              data: Buffer.concat([data, data]),
            });
          }
        }
        const files = await filesWith({ [path]: await writeSafetensors(tensors) });
        const error = await refusal(() => readTensors(files, component, className));
        expect(['weight', 'unsupported']).toContain(error?.code);
        expect(error?.details.tensor).toBe(name);
        expect(error?.details.file).toContain(component);
        expect(error?.message).toContain(name);
      }),
      { numRuns: 25, seed: 20261124 },
    );
  });

  it('is read or refused with other sizes in its config, which its tensors do not have', async () => {
    const config = (await (await filesWith()).readJson(`${component}/config.json`)) as Record<string, unknown>;
    const inner = (config.text_config ?? config) as Record<string, unknown>;
    const sizes = Object.keys(inner).filter(
      (field) => /size|dim$|num_|channels|head/.test(field) && isSize(inner[field]),
    );
    expect(sizes.length).toBeGreaterThan(2);
    let refused = 0;
    const runs = 25;
    const change = fc.record({ field: fc.constantFrom(...sizes), factor: fc.constantFrom(2, 3, 5) });
    await fc.assert(
      fc.asyncProperty(change, async ({ field, factor }) => {
        const changed = { ...inner, [field]: factor * Number(inner[field]) };
        const json = config.text_config === undefined ? changed : { ...config, text_config: changed };
        const files = await filesWith({ [`${component}/config.json`]: utf8.encode(JSON.stringify(json)) });
        const error = await refusal(() => readTensors(files, component, className));
        if (error === undefined) return;
        refused += 1;
        expect(['weight', 'config', 'unsupported']).toContain(error.code);
        expect(error.details.file).toContain(component);
        expect(error.details.tensor ?? error.details.field).toBeTruthy();
      }),
      { numRuns: runs, seed: 20261124 },
    );
    // Sizes that only say how far positions go, or how vectors are cut into heads, fit any tensor.
    expect(refused).toBeGreaterThan(runs / 3);
  });
});

function isSize(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}
