import { stripVTControlCharacters } from 'node:util';
import { MokusError } from '@mokus/core';
import { runCommand, runMain } from 'citty';
import { mokusCommand } from './command.js';
import { refuse } from './run-cli.js';

/**
 * Runs `mokus ARGS`. Help and the version are as citty has them; a command that is unknown, or an argument that is missing,
 * is refused in one line as everything else is.
 */
export async function main(rawArgs: string[]): Promise<void> {
  const asksForHelp = rawArgs.some((arg) => arg === '--help' || arg === '-h');
  if (rawArgs.length === 0 || asksForHelp || /^(?:-v|--version)$/.test(rawArgs[0] ?? '')) {
    await runMain(mokusCommand, { rawArgs });
    return;
  }
  try {
    await runCommand(mokusCommand, { rawArgs });
  } catch (error) {
    // citty does not export its class.
    if (!(error instanceof Error) || error.name !== 'CLIError') throw error;
    const [command = ''] = rawArgs;
    const known = Object.hasOwn(mokusCommand.subCommands ?? {}, command);
    const help = `\`mokus ${known ? `${command} ` : ''}--help\` lists what there is`;
    refuse(new MokusError('input', `${stripVTControlCharacters(error.message)}; ${help}`), rawArgs.includes('--json'));
  }
}
