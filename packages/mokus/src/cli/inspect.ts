import type { CommandDef } from 'citty';
import { describeInspection } from '../inspect/describe.js';
import { inspect } from '../inspect/inspect.js';
import { wholeNumber } from './options.js';
import { cliCommand, jsonArg } from './run-cli.js';

const args = {
  checkpoint: { type: 'positional', required: true, description: 'A folder, an address, or a hub id (owner/name)' },
  revision: { type: 'string', description: 'Of a hub id: a branch, tag or commit. Default: main' },
  size: { type: 'string', description: "Pixels of a side, for the memory. Default: the model's", valueHint: 'n' },
  tokens: { type: 'string', description: 'Tokens of a formatted prompt, for the memory. Default: 128', valueHint: 'n' },
  batch: { type: 'string', description: 'Pictures at once, for the memory. Default: 1', valueHint: 'n' },
  rank: { type: 'string', description: 'Rank of a learned LoRA, for the memory. Default: 4', valueHint: 'n' },
  ...jsonArg,
} as const;

/** `mokus inspect`: prints what `inspect` finds. */
export const inspectCommand: CommandDef = cliCommand(
  { name: 'inspect', description: 'What a checkpoint holds and needs, from its headers alone' },
  args,
  async (given, run) => {
    const inspection = await inspect(given.checkpoint, {
      revision: given.revision,
      size: wholeNumber('size', given.size),
      textTokens: wholeNumber('tokens', given.tokens),
      batch: wholeNumber('batch', given.batch),
      rank: wholeNumber('rank', given.rank),
      ...run,
    });
    return { text: describeInspection(inspection), json: inspection };
  },
);
