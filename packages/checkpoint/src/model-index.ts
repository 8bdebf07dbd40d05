import { isJsonObject, type JsonObject, MokusError } from '@mokus/core';
import type { FolderSource } from './folder-source.js';
import { readJson } from './read-json.js';

/** What diffusers writes about a pipeline in `model_index.json`. */
export interface ModelIndex {
  /** The pipeline's class, such as `QwenImagePipeline`. */
  readonly className: string;
  /** By component name, which is its folder's too. A component that is switched off (`[null, null]`) is left out. */
  readonly components: ReadonlyMap<string, ComponentClass>;
}

/** Who implements a component. */
export interface ComponentClass {
  readonly library: string;
  readonly className: string;
}

const path = 'model_index.json';

/**
 * Reads `model_index.json`. Entries that are no `[library, class]` pair (options of the pipeline) are left out.
 *
 * @throws MokusError `checkpoint`: missing, not JSON, without `_class_name`
 */
export async function readModelIndex(folder: FolderSource): Promise<ModelIndex> {
  const index = await readJson(folder, path);
  if (!isJsonObject(index) || typeof index._class_name !== 'string') {
    throw new MokusError(
      'checkpoint',
      `${folder.name}/${path} names no pipeline class ("_class_name"); is this a diffusers folder?`,
      { file: path, field: '_class_name' },
    );
  }
  return { className: index._class_name, components: componentsOf(index) };
}

/** The entries of an index that are `[library, class]` pairs, by component. */
export function componentsOf(index: JsonObject): ReadonlyMap<string, ComponentClass> {
  const components = new Map<string, ComponentClass>();
  for (const [name, value] of Object.entries(index)) {
    const [library, className] = Array.isArray(value) && value.length === 2 ? value : [];
    if (typeof library === 'string' && typeof className === 'string') components.set(name, { library, className });
  }
  return components;
}
