import { type FolderSource, readJson, readModelIndex } from '@mokus/checkpoint';
import { isJsonObject, type Json, MokusError } from '@mokus/core';

export interface ComponentClasses {
  readonly pipeline: string | undefined;
  /** Class names by folder. */
  readonly classes: ReadonlyMap<string, string>;
}

/**
 * What a checkpoint is made of: the components of `model_index.json`, or the one network whose `config.json` lies in the
 * folder itself, as transformers (`architectures`) or diffusers (`_class_name`) writes it.
 *
 * @throws MokusError `checkpoint`: neither file, or one that is not what it should be
 */
export async function componentClasses(folder: FolderSource): Promise<ComponentClasses> {
  if (await folder.exists('model_index.json')) {
    const { className, components } = await readModelIndex(folder);
    return {
      pipeline: className,
      classes: new Map([...components].map(([component, each]) => [component, each.className])),
    };
  }
  if (!(await folder.exists('config.json'))) {
    throw new MokusError(
      'checkpoint',
      `${folder.name} holds neither model_index.json (a pipeline) nor config.json (one network); is it a checkpoint's folder?`,
      { file: 'model_index.json' },
    );
  }
  return { pipeline: undefined, classes: new Map([['', classOf(folder, await readJson(folder, 'config.json'))]]) };
}

function classOf(folder: FolderSource, config: Json): string {
  const { architectures, _class_name } = isJsonObject(config) ? config : {};
  const name = Array.isArray(architectures) ? (architectures as readonly Json[])[0] : _class_name;
  if (typeof name === 'string') return name;
  throw new MokusError(
    'checkpoint',
    `${folder.name}/config.json names no class: neither "architectures" nor "_class_name"; fetch it again`,
    { file: 'config.json', field: 'architectures' },
  );
}
