import { MokusError, type ProgressListener } from '@mokus/core';
import { type ArgsDef, type CommandDef, type CommandMeta, defineCommand, type ParsedArgs } from 'citty';
import { refuseUnknown } from './options.js';
import { ProgressBar } from './progress-bar.js';

/** What the work of a command gets. */
export interface CliRun {
  readonly signal: AbortSignal;
  readonly onProgress: ProgressListener;
}

/** What a command has to say, for people and for programs. */
export interface CliResult {
  readonly text: string;
  readonly json: unknown;
}

/** Statuses that commands leave with; 0 is success. */
export const exitCodes = { refused: 1, cancelled: 130 } as const;

/**
 * Runs a command's work: its result goes to stdout, as JSON with `--json`; progress and warnings to stderr. What is
 * refused is one line on stderr and status 1, with `--json` also `{ error }` on stdout. The first Ctrl-C cancels the work,
 * which keeps what it can, and leaves with 130; the second ends the process.
 */
async function runCli(
  args: ArgsDef,
  given: Readonly<Record<string, unknown>>,
  work: (run: CliRun) => Promise<CliResult>,
): Promise<void> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once('SIGINT', stop);
  const bar = new ProgressBar();
  try {
    refuseUnknown(given, args);
    const { text, json } = await work({ signal: controller.signal, onProgress: bar.show });
    bar.stop();
    console.log(given.json === true ? JSON.stringify(json, null, 2) : text);
  } catch (error) {
    bar.stop();
    if (!MokusError.isInstance(error)) throw error;
    const { code, message, details } = error;
    console.error(`mokus: ${message}`);
    if (given.json === true) console.log(JSON.stringify({ error: { code, message, field: details.field } }, null, 2));
    process.exitCode = code === 'cancelled' ? exitCodes.cancelled : exitCodes.refused;
  } finally {
    process.off('SIGINT', stop);
  }
}

/** A command whose work is run as {@link runCli} says. */
export function cliCommand<const Args extends ArgsDef>(
  meta: CommandMeta,
  args: Args,
  work: (given: ParsedArgs<Args>, run: CliRun) => Promise<CliResult>,
): CommandDef {
  const command = defineCommand<Args>({
    meta,
    args,
    run: ({ args: given }) => runCli(args, given, (run) => work(given, run)),
  });
  // citty gives a command only what it parsed by the command's own definitions.
  return command as unknown as CommandDef;
}
