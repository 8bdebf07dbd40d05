import { type CommandDef, defineCommand } from 'citty';
import manifest from '../../package.json' with { type: 'json' };

/** The `mokus` command. What a subcommand does is loaded when it is called. */
export const mokusCommand: CommandDef = defineCommand({
  meta: { name: 'mokus', version: manifest.version, description: 'Edit what a text-to-image model knows.' },
  subCommands: {
    compare: async () => (await import('./compare.js')).compareCommand,
    inspect: async () => (await import('./inspect.js')).inspectCommand,
  },
});
