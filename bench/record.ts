import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, loadavg, totalmem } from 'node:os';

/** The runtime that is installed for the CPU backend. */
const onnxruntime: string = createRequire(new URL('../packages/backend-cpu/package.json', import.meta.url))(
  'onnxruntime-node/package.json',
).version;

/** Where and with what figures were measured: the head of every file in bench/results. `args` are those of the command. */
export function recordHead(command: string, args: readonly string[] = []): Readonly<Record<string, unknown>> {
  const versionOf = (file: string): string => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')).version;
  return {
    command: args.length > 0 ? `${command} -- ${args.join(' ')}` : command,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    /** Processes that ran or waited to run, on average of the last minute. */
    load: loadavg()[0],
    versions: { node: process.version, mokus: versionOf('../packages/mokus/package.json'), onnxruntime },
  };
}
