import { type CommandDef, defineCommand } from 'citty';
import manifest from '../../package.json' with { type: 'json' };

/** The `mokus` command. What a subcommand does is loaded when it is called. */
export const mokusCommand: CommandDef = defineCommand({
  meta: { name: 'mokus', version: manifest.version, description: 'Edit what a text-to-image model knows.' },
  subCommands: {
    bench: async () => (await import('./bench.js')).benchCommand,
    bind: async () => (await import('./bind.js')).bindCommand,
    compare: async () => (await import('./compare.js')).compareCommand,
    create: async () => (await import('./application-commands.js')).createCommand,
    customize: async () => (await import('./customize.js')).customizeCommand,
    doctor: async () => (await import('./doctor.js')).doctorCommand,
    edit: async () => (await import('./edit.js')).editCommand,
    erase: async () => (await import('./application-commands.js')).eraseCommand,
    generate: async () => (await import('./generate.js')).generateCommand,
    inject: async () => (await import('./application-commands.js')).injectCommand,
    inspect: async () => (await import('./inspect.js')).inspectCommand,
    learn: async () => (await import('./learn.js')).learnCommand,
  },
});
