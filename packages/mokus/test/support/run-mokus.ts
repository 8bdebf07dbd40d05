import { vi } from 'vitest';
import { main } from '../../src/cli/main.js';

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
    await main(rawArgs);
    const text = (spy: typeof out): string => spy.mock.calls.flat().join('\n');
    return { out: text(out), err: text(err), status: process.exitCode };
  } finally {
    out.mockRestore();
    err.mockRestore();
    process.exitCode = undefined;
  }
}
