import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs another program of a benchmark in a process of its own, with the same loader; resolves to what it printed. */
export function runProcess(
  program: URL,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = fork(fileURLToPath(program), args, {
    env: { ...process.env, ...environment },
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
