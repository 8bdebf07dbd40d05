import { MokusError } from '@mokus/core';
import { type CommandDef, defineCommand } from 'citty';
import { describeInspection } from '../inspect/describe.js';
import { inspect } from '../inspect/inspect.js';

const args = {
  checkpoint: { type: 'positional', required: true, description: 'A folder, an address, or a hub id (owner/name)' },
  json: { type: 'boolean', default: false, description: 'Print the whole report as JSON' },
  revision: { type: 'string', description: 'Of a hub id: a branch, tag or commit', valueHint: 'main' },
  size: { type: 'string', description: 'Pixels of a side, for the memory', valueHint: '1024' },
  tokens: { type: 'string', description: 'Tokens of a formatted prompt, for the memory', valueHint: '128' },
  batch: { type: 'string', description: 'Pictures at once, for the memory', valueHint: '1' },
  rank: { type: 'string', description: 'Rank of a learned LoRA, for the memory', valueHint: '4' },
} as const;

/** `mokus inspect`: prints what `inspect` finds. Leaves with status 1 and one line when the checkpoint is refused. */
export const inspectCommand: CommandDef<typeof args> = defineCommand({
  meta: { name: 'inspect', description: 'What a checkpoint holds and needs, from its headers alone' },
  args,
  run: async ({ args: given }) => {
    const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
    try {
      const inspection = await inspect(given.checkpoint, {
        revision: given.revision,
        size: number(given.size),
        textTokens: number(given.tokens),
        batch: number(given.batch),
        rank: number(given.rank),
      });
      console.log(given.json ? JSON.stringify(inspection, null, 2) : describeInspection(inspection));
    } catch (error) {
      if (!MokusError.isInstance(error)) throw error;
      console.error(`mokus: ${error.message}`);
      process.exitCode = 1;
    }
  },
});
