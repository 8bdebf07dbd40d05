import type { CommandDef } from 'citty';
import { describeInspection } from '../inspect/describe.js';
import { inspect } from '../inspect/inspect.js';
import { wholeNumber } from './options.js';
import { cliCommand } from './run-cli.js';

const args = {
  checkpoint: { type: 'positional', required: true, description: 'A folder, an address, or a hub id (owner/name)' },
  json: { type: 'boolean', default: false, description: 'Print the whole report as JSON' },
  revision: { type: 'string', description: 'Of a hub id: a branch, tag or commit', valueHint: 'main' },
  size: { type: 'string', description: 'Pixels of a side, for the memory', valueHint: '1024' },
  tokens: { type: 'string', description: 'Tokens of a formatted prompt, for the memory', valueHint: '128' },
  batch: { type: 'string', description: 'Pictures at once, for the memory', valueHint: '1' },
  rank: { type: 'string', description: 'Rank of a learned LoRA, for the memory', valueHint: '4' },
} as const;

/** `mokus inspect`: prints what `inspect` finds. */
export const inspectCommand: CommandDef = cliCommand(
  { name: 'inspect', description: 'What a checkpoint holds and needs, from its headers alone' },
  args,
  async (given) => {
    const inspection = await inspect(given.checkpoint, {
      revision: given.revision,
      size: wholeNumber('size', given.size),
      textTokens: wholeNumber('tokens', given.tokens),
      batch: wholeNumber('batch', given.batch),
      rank: wholeNumber('rank', given.rank),
    });
    return { text: describeInspection(inspection), json: inspection };
  },
);
