import { type HubOptions, type ReadEditOptions, readEdit } from '@mokus/checkpoint/node';
import { type Edit, requireKnown } from '@mokus/core';
import { hubOptions } from './hub-options.js';
import { openEditFile } from './open/files.js';

export { saveEdit } from '@mokus/checkpoint/node';

/** The hub's options matter for a hub id only. */
export interface LoadEditOptions extends HubOptions, ReadEditOptions {
  /** The file's name in a folder or repository. Default: `mokus-edit.safetensors`. */
  readonly weightName?: string | undefined;
}

const known: Readonly<Record<keyof LoadEditOptions, true>> = { baseModel: true, weightName: true, ...hubOptions };

/**
 * Loads an edit that `saveEdit` wrote or `pushToHub` uploaded: from a file or folder of this machine, or from a repository
 * of the hub. The file is trusted in nothing.
 *
 * Throws MokusError `checkpoint` (missing, damaged), `edit` (no edit file, not finite, wrong shape), `base-model` (made on
 * another model than `baseModel`), `input` (an option that is unknown); for a hub id also what `fromPretrained` throws.
 */
export async function loadEdit(source: string | URL, options: LoadEditOptions = {}): Promise<Edit> {
  requireKnown('loadEdit', options, known);
  const { baseModel, weightName, ...hub } = options;
  return readEdit(await openEditFile(source, hub, weightName), { baseModel });
}
