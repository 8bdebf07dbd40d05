import { runCommand } from 'citty';
import { vi } from 'vitest';
import { mokusCommand } from '../../src/cli/command.js';

/** What `mokus ARGS` prints, and the status it leaves with. */
export interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly status: typeof process.exitCode;
}

/** Runs `mokus ARGS` in this process. */
export async function runMokus(...rawArgs: string[]): Promise<Outcome> {
  const out = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const err = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    await runCommand(mokusCommand, { rawArgs });
    const text = (spy: typeof out): string => spy.mock.calls.flat().join('\n');
    return { out: text(out), err: text(err), status: process.exitCode };
  } finally {
    out.mockRestore();
    err.mockRestore();
    process.exitCode = undefined;
  }
}
