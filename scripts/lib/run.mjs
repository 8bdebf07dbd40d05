/** Child processes for the root scripts. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Runs a program and resolves to its exit code. With `capture` its output is collected and returned
 * instead of shown, so that a step that succeeds stays quiet.
 */
export function run(command, args, { cwd = root, env = {}, capture = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: capture ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    });
    let output = '';
    child.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr?.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const exit = code ?? (signal ? 128 : 1);
      resolve(capture ? { code: exit, output } : exit);
    });
  });
}

/** Runs a program quietly; on failure throws with all that it printed. */
export async function runQuietly(what, command, args, options = {}) {
  const { code, output } = await run(command, args, { ...options, capture: true });
  if (code !== 0) throw new Error(`${what} failed (exit ${code})\n${output.trimEnd()}`);
  return output;
}

/** Path of a program that a root devDependency brought. */
export function bin(name) {
  return `${root}node_modules/.bin/${name}`;
}
