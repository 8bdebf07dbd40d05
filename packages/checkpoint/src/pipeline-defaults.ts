import { type CheckpointFiles, describeJson, isJsonObject, MokusError, type PipelineDefaults } from '@mokus/core';

const file = 'mokus.json';
const fields = ['size', 'steps', 'guidance'] as const;

/**
 * What `generate` does by default on this checkpoint: `{ "size": 64, "steps": 16, "guidance": 1 }` in a file
 * `mokus.json` beside model_index.json, which other software ignores. Without the file: Qwen-Image's own.
 *
 * Throws MokusError `config` for what is no object, and naming a field that is not a number above 0, or unknown.
 */
export async function readDefaults(files: CheckpointFiles): Promise<PipelineDefaults> {
  if (!(await files.exists(file))) return {};
  const content = await files.readJson(file);
  if (!isJsonObject(content)) {
    const example = '{ "size": 64, "steps": 16 }';
    throw new MokusError(
      'config',
      `${files.name}/${file} is ${describeJson(content)}; expected an object such as ${example}`,
      { file },
    );
  }
  const known: readonly string[] = fields;
  for (const [field, value] of Object.entries(content)) {
    if (known.includes(field) && typeof value === 'number' && value > 0) continue;
    throw new MokusError(
      'config',
      `${files.name}/${file}: ${describeJson(field)} is ${describeJson(value)}; known are ${fields.join(', ')}, each a number above 0`,
      { file, field },
    );
  }
  return content;
}
