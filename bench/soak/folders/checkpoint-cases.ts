/** Mutated checkpoint folders, on the disk: what `fromPretrained` reads of one, and often enough all that it does. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cpuBackend } from '@mokus/backend-cpu';
import {
  type CheckpointFolder,
  checkpointFiles,
  componentClass,
  nodeFolder,
  readDefaults,
  saveCheckpoint,
} from '@mokus/checkpoint/node';
import { type ComponentOutline, createArchitectureRegistry, findWeight } from '@mokus/core';
import { readTokenizer, registerQwenImage } from '@mokus/models';
import { fromPretrained } from 'mokus';
import { tinyFolder } from '../../../packages/mokus/test/support/tiny-folder.js';
import { mutate, type Random } from '../../../packages/safetensors/test/support/mutate.js';
import { SoakFinding } from '../part.js';
import { mutateJsonText } from './mutate-json.js';
import { outcomeOf, watched } from './watched.js';

/** How often a folder that reads well is also loaded and draws: that takes a hundred times as long. */
const loadedEvery = 100;

const anyReader = { name: 'soak', storage: ['f32', 'f16', 'bf16'] as const };
const networks = { text_encoder: 'textEncoders', transformer: 'transformers', vae: 'imageCodecs' } as const;

export interface CheckpointCases {
  run(random: Random): Promise<string>;
}

/** Saves the tiny checkpoint below `root`, in shards, with a file beside it that a path may not lead to. */
export async function checkpointCases(root: string): Promise<CheckpointCases> {
  const place = join(root, 'model');
  await saveCheckpoint(await nodeFolder(tinyFolder), place, { maxShardSize: 150_000 });
  await writeFile(join(place, 'mokus.json'), JSON.stringify({ size: 16, steps: 2, guidance: 1 }));
  const files = new Map<string, Uint8Array>();
  const folder = await nodeFolder(place);
  for (const path of (await folder.files?.()) ?? []) {
    const source = await folder.open(path);
    files.set(path, await source.read(0, source.size));
  }
  const shard = [...files].find(([path]) => path.endsWith('.safetensors'))?.[1] ?? new Uint8Array();
  await writeFile(join(root, 'outside.safetensors'), shard);
  const reader = new FolderReader();
  await reader.read(checkpointFiles(folder), new Set(), true);
  return {
    async run(random) {
      const changed = await change(place, files, random);
      try {
        const folder = watched(await nodeFolder(place));
        const outcome = await outcomeOf(() => reader.read(checkpointFiles(folder.folder), changed));
        folder.check();
        if (outcome !== 'read' || random.below(loadedEvery) > 0) return `checkpoint: ${outcome}`;
        return `checkpoint: read, ${await outcomeOf(() => loadAndDraw(place))}`;
      } finally {
        for (const path of changed) await restore(place, path, files.get(path));
      }
    },
  };
}

/** Spoils one or two files of the folder; resolves to their paths. */
async function change(
  place: string,
  files: ReadonlyMap<string, Uint8Array>,
  random: Random,
): Promise<ReadonlySet<string>> {
  const changed = new Set<string>();
  const paths = [...files.keys()];
  // Small files are where most is decided.
  const small = paths.filter((path) => !path.endsWith('.safetensors'));
  for (let count = 1 + Number(random.below(5) === 0); count > 0; count -= 1) {
    const path = random.pick(random.below(3) > 0 ? small : paths);
    const bytes = files.get(path) ?? new Uint8Array();
    const other = random.pick(paths);
    const kind = random.below(40);
    changed.add(path);
    await rm(join(place, path), { recursive: true, force: true });
    if (kind === 0) continue;
    if (kind === 1) await mkdir(join(place, path));
    else if (kind === 2) await writeFile(join(place, path), files.get(other) ?? bytes);
    else if (kind === 3) {
      const added = join(dirname(path), random.pick(['model.safetensors', 'diffusion_pytorch_model.safetensors', 'x']));
      if (!files.has(added)) changed.add(added);
      await restore(place, path, bytes);
      if (!files.has(added)) await writeFile(join(place, added), files.get(other) ?? bytes);
    } else await writeFile(join(place, path), spoil(path, bytes, random));
  }
  return changed;
}

function spoil(path: string, bytes: Uint8Array, random: Random): Uint8Array {
  return path.endsWith('.json') ? mutateJsonText(bytes, random) : mutate(bytes, random);
}

async function restore(place: string, path: string, bytes: Uint8Array | undefined): Promise<void> {
  await rm(join(place, path), { recursive: true, force: true });
  if (bytes !== undefined) await writeFile(join(place, path), bytes);
}

/** Reads what `fromPretrained` reads, without running anything. */
class FolderReader {
  readonly #registry = registerQwenImage(createArchitectureRegistry());
  readonly #backend = cpuBackend({ threads: 1 });
  /** Outlining takes longer than all the rest, so those of the right folder are kept, by config and names of tensors. */
  readonly #outlines = new Map<string, ComponentOutline>();

  /** Reads the components of which a file was changed: the others read as they always do. */
  async read(files: CheckpointFolder, changed: ReadonlySet<string>, isRight = false): Promise<'read'> {
    const isConcerned = (folder: string): boolean =>
      isRight || [...changed].some((path) => path.startsWith(`${folder}/`) || path === 'model_index.json');
    await readDefaults(files);
    const createScheduler = await componentClass(files, 'scheduler', this.#registry.schedulers);
    await createScheduler({ files, component: 'scheduler', backend: this.#backend });
    for (const component of Object.keys(networks) as (keyof typeof networks)[]) {
      if (isConcerned(component)) await this.#network(files, component, changed, isRight);
    }
    if (isConcerned('tokenizer')) {
      const tokenizer = await readTokenizer(files, 'tokenizer');
      const { ids } = tokenizer.encode('<|im_start|>a tree frog, Ünïcode 蛙 12345');
      const beyond = ids.find((id) => !(id < tokenizer.idLimit));
      if (beyond !== undefined) throw new SoakFinding('outside', `token ${beyond} of ${tokenizer.idLimit}`);
    }
    return 'read';
  }

  /** Checks the tensors that the programs read, and reads every byte of the shards that were changed. */
  async #network(
    files: CheckpointFolder,
    component: keyof typeof networks,
    changed: ReadonlySet<string>,
    keep: boolean,
  ): Promise<void> {
    await componentClass(files, component, this.#registry[networks[component]] as ReadonlyMap<string, unknown>);
    const outliner = await componentClass(files, component, this.#registry.outlines);
    const weights = await files.weights(component);
    const key = JSON.stringify([component, await files.readJson(`${component}/config.json`), [...weights.names()]]);
    const outline = this.#outlines.get(key) ?? (await outliner({ files, component }));
    if (keep) this.#outlines.set(key, outline);
    for (const { program } of Object.values(outline.programs)) {
      for (const spec of program.weights) findWeight(weights, spec, anyReader);
    }
    for (const { path, file } of weights.shards) {
      if (!changed.has(path)) continue;
      for (const [name, { length }] of file.tensors) {
        const bytes = await file.read(name);
        if (bytes.byteLength !== length) throw new SoakFinding('outside', `${name} of ${path}: ${bytes.byteLength}`);
      }
    }
  }
}

/** Everything: the whole pipeline, and a picture of it. */
async function loadAndDraw(place: string): Promise<'drawn'> {
  const pipeline = await fromPretrained(place, { device: cpuBackend({ threads: 1 }) });
  try {
    const { images } = await pipeline.generate({
      prompt: 'a tree frog',
      height: 16,
      width: 16,
      steps: 2,
      guidance: 1,
      seed: 1,
    });
    if (images[0]?.data.length !== 16 * 16 * 4) throw new SoakFinding('changed', 'a picture of another size');
    return 'drawn';
  } finally {
    await pipeline.dispose();
  }
}
