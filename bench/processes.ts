import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ProcessOptions {
  /** Beside that of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** When it is killed. Default: never. */
  readonly seconds?: number;
}

/** Runs another program of a benchmark in a process of its own, with the same loader; resolves to what it printed. */
export function runProcess(
  program: URL,
  args: readonly string[] = [],
  { environment = {}, seconds }: ProcessOptions = {},
): Promise<string> {
  const child = fork(fileURLToPath(program), args, {
    env: { ...process.env, ...environment },
    ...(seconds !== undefined && { timeout: 1000 * seconds, killSignal: 'SIGKILL' }),
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${program.pathname} ${args.join(' ')} ended with code ${code}`));
    });
  });
}
