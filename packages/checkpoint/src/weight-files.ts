import { MokusError } from '@mokus/core';
import type { FolderSource } from './folder-source.js';
import { joinPath } from './relative-path.js';

/** Where a component's tensors are. */
export type WeightFiles =
  | { readonly kind: 'single'; readonly file: string }
  | { readonly kind: 'sharded'; readonly index: string };

/** As transformers and diffusers name them. */
const candidates: readonly WeightFiles[] = ['model', 'diffusion_pytorch_model'].flatMap((stem): WeightFiles[] => [
  { kind: 'single', file: `${stem}.safetensors` },
  { kind: 'sharded', index: `${stem}.safetensors.index.json` },
]);

/**
 * Finds a component's tensors: one file, or the index of several. The names are relative to the component's folder.
 *
 * @throws MokusError `checkpoint` when there are none, or more than one candidate (which one is meant is not guessed)
 */
export async function findWeightFiles(folder: FolderSource, component: string): Promise<WeightFiles> {
  const [first, second] = await presentFiles(folder, component);
  const place = component === '' ? folder.name : `${folder.name}/${component}`;
  if (first === undefined) {
    const wanted = candidates.map(nameOf).join(', ');
    throw new MokusError(
      'checkpoint',
      `${place} holds no weights: none of ${wanted}${await describeOthers(folder, component)}`,
      { file: joinPath(component, candidates.map(nameOf)[0] ?? '') },
    );
  }
  if (second !== undefined) {
    throw new MokusError(
      'checkpoint',
      `${place} holds both ${nameOf(first)} and ${nameOf(second)}; move the one that is not meant elsewhere`,
      { file: joinPath(component, nameOf(second)) },
    );
  }
  return first;
}

/** Whether a component has weights at all; a tokenizer or a scheduler has none. */
export async function hasWeights(folder: FolderSource, component: string): Promise<boolean> {
  return (await presentFiles(folder, component)).length > 0;
}

async function presentFiles(folder: FolderSource, component: string): Promise<WeightFiles[]> {
  const there = await Promise.all(candidates.map((each) => folder.exists(joinPath(component, nameOf(each)))));
  return candidates.filter((_, index) => there[index]);
}

function nameOf(files: WeightFiles): string {
  return files.kind === 'single' ? files.file : files.index;
}

/** Names what lies there instead, such as a variant or pickled weights. */
async function describeOthers(folder: FolderSource, component: string): Promise<string> {
  const names = (await folder.list?.(component).catch(() => undefined)) ?? [];
  const tensors = names.filter((name) => name.endsWith('.safetensors'));
  if (tensors.length > 0) return `; there is ${tensors.slice(0, 4).join(', ')}: rename it to one of these`;
  const pickles = names.filter((name) => /\.(?:bin|pt|pth|ckpt)$/.test(name));
  if (pickles.length > 0) {
    return `; there is ${pickles.slice(0, 4).join(', ')}, which can run code when it is loaded: save it as safetensors`;
  }
  return '; check the folder, or download the checkpoint again';
}
