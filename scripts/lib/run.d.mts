export interface RunOptions {
  readonly cwd?: string;
  /** Beside that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Collects what is printed in place of printing it. */
  readonly capture?: boolean;
}

/** Folder of the repository, with a slash at its end. */
export const root: string;
/** Resolves to the exit code; with `capture` also to what was printed. */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions & { readonly capture: true },
): Promise<{ readonly code: number; readonly output: string }>;
export function run(command: string, args: readonly string[], options?: RunOptions): Promise<number>;
/** Throws with what was printed where the command fails. */
export function runQuietly(
  what: string,
  command: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<string>;
/** Path of a program of the workspace's packages. */
export function bin(name: string): string;
