import { type CheckpointFiles, describeJson, isJsonObject, MokusError } from '@mokus/core';
import { componentsOf } from './model-index.js';

const file = 'model_index.json';

/**
 * The factory registered for the class that `model_index.json` names for a component, as `["library", "ClassName"]`.
 * Throws MokusError `checkpoint` for an index without the component, `unsupported` for a class that nobody registered.
 */
export async function componentClass<Factory>(
  files: CheckpointFiles,
  component: string,
  factories: ReadonlyMap<string, Factory>,
): Promise<Factory> {
  const index = await files.readJson(file);
  const className = isJsonObject(index) ? componentsOf(index).get(component)?.className : undefined;
  if (className === undefined) {
    throw new MokusError(
      'checkpoint',
      `${files.name}/${file} names no class for "${component}"; expected ["library", "ClassName"], as diffusers writes it`,
      { file, field: component },
    );
  }
  const factory = factories.get(className);
  if (factory === undefined) {
    throw new MokusError(
      'unsupported',
      `${files.name}/${file} wants ${describeJson(className)} as its ${component}; known are ${[...factories.keys()].join(', ')}. ` +
        'Register a factory for it in the ArchitectureRegistry to load it.',
      { file, field: component },
    );
  }
  return factory;
}
