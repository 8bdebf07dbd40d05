import { MokusError, type ProgressListener } from '@mokus/core';
import { type ArgsDef, type CommandDef, type CommandMeta, defineCommand } from 'citty';
import { type Given, requireStrict } from './options.js';
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
const exitCodes = { refused: 1, cancelled: 130 } as const;

/** Of commands that have something to say. */
export const jsonArg = {
  json: { type: 'boolean', default: false, description: 'Print the result as JSON, and a refusal too' },
} as const;

/**
 * Runs a command's work: its result goes to stdout, as JSON with `--json`; progress and warnings to stderr. What is
 * refused is said as {@link refuse} does. The first Ctrl-C cancels the work, which keeps what it can; the second ends the
 * process.
 */
async function runCli(
  { asJson, goesOn = false }: { readonly asJson: boolean; readonly goesOn?: boolean | undefined },
  work: (run: CliRun) => Promise<CliResult>,
): Promise<void> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once('SIGINT', stop);
  const bar = new ProgressBar();
  try {
    const { text, json } = await work({ signal: controller.signal, onProgress: bar.show });
    bar.stop();
    console.log(asJson ? JSON.stringify(json, null, 2) : text);
  } catch (error) {
    bar.stop();
    if (!MokusError.isInstance(error)) throw error;
    const { code, message, details } = error;
    const isKept = goesOn && code === 'cancelled';
    refuse(isKept ? new MokusError(code, `${message}; the same command goes on from here`, details) : error, asJson);
  } finally {
    process.off('SIGINT', stop);
  }
}

/** One line on stderr and status 1, or 130 for what was cancelled; with `--json` also `{ error }` on stdout. */
export function refuse({ code, message, details: { field } }: MokusError, asJson: boolean): void {
  console.error(`mokus: ${message}`);
  if (asJson) console.log(JSON.stringify({ error: { code, message, field } }, null, 2));
  process.exitCode = code === 'cancelled' ? exitCodes.cancelled : exitCodes.refused;
}

/** A command whose work is run as {@link runCli} says; `goesOn` says that it keeps what it did when it is cancelled. */
export function cliCommand<const Args extends ArgsDef>(
  meta: CommandMeta,
  args: Args,
  work: (given: Given<Args>, run: CliRun) => Promise<CliResult>,
  { goesOn }: { readonly goesOn?: boolean | undefined } = {},
): CommandDef {
  return defineCommand({
    meta,
    args: args as ArgsDef,
    run: ({ args: given, rawArgs }) =>
      runCli({ asJson: given.json === true, goesOn }, async (run) => {
        requireStrict(rawArgs, args);
        // citty parsed them by these very definitions.
        return work(given as Given<Args>, run);
      }),
  });
}
