import type { CheckpointFiles, Json } from '@mokus/core';
import { type ComponentWeights, loadWeights } from './component-weights.js';
import type { FolderSource } from './folder-source.js';
import { readJson, readText } from './read-json.js';

/** A checkpoint folder as model families read it: configs as JSON, components as weight stores. */
export class CheckpointFolder implements CheckpointFiles {
  readonly source: FolderSource;

  constructor(source: FolderSource) {
    this.source = source;
  }

  /** For messages: the folder's path or address. */
  get name(): string {
    return this.source.name;
  }

  exists(path: string): Promise<boolean> {
    return this.source.exists(path);
  }

  /** Throws MokusError `checkpoint`, naming the file: missing, too large, not UTF-8, not JSON. */
  readJson(path: string): Promise<Json> {
    return readJson(this.source, path);
  }

  /** Throws MokusError `checkpoint`, naming the file: missing, too large, not UTF-8. */
  readText(path: string): Promise<string> {
    return readText(this.source, path);
  }

  /** Opens a component's tensors; see {@link loadWeights} for what it throws. */
  weights(component: string): Promise<ComponentWeights> {
    return loadWeights(this.source, component);
  }
}

/** The checkpoint that lies in a folder. */
export function checkpointFiles(source: FolderSource): CheckpointFolder {
  return new CheckpointFolder(source);
}
