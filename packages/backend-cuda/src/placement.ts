import { spawn } from 'node:child_process';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MokusError } from '@mokus/core';
import { weightsAsInputs } from '@mokus/onnx';
import { providerPath } from './provider-files.js';
import { providerRefusal, wrongProvider } from './provider-refusal.js';

/** Where onnxruntime runs the nodes of a model. */
export interface Placement {
  /** Node names by provider, such as `CUDAExecutionProvider`. */
  readonly nodes: ReadonlyMap<string, readonly PlacedNode[]>;
  /** Where all nodes run on one provider onnxruntime names none of them. */
  readonly everywhere: string | undefined;
  /** Nodes that run on the CPU by choice: they compute shapes, and the device has kernels for them. */
  readonly byChoice: ReadonlySet<string>;
}

export interface PlacedNode {
  readonly opType: string;
  /** `PROGRAM/OPERATION/OpType.number`. */
  readonly name: string;
}

/**
 * Asks onnxruntime where it would run a model's nodes, branches included. It says so in its log alone, which goes to the
 * process's stderr, so the model, without its weights, is given to a process of its own.
 *
 * Throws MokusError `backend` when the model is refused there, and when the provider's library is, or ends the process.
 *
 * @param runtime the main file of another onnxruntime-node
 */
export async function placementOf(
  model: Uint8Array,
  provider: { name: string; deviceId?: number },
  runtime: string = createRequire(import.meta.url).resolve('onnxruntime-node'),
): Promise<Placement> {
  const folder = await mkdtemp(join(tmpdir(), 'mokus-placement-'));
  try {
    // A file, not a pipe: onnxruntime drops what a full pipe does not take.
    const file = await open(join(folder, 'log'), 'wx');
    try {
      const child = spawn(process.execPath, ['--eval', probe, runtime, JSON.stringify(provider)], {
        stdio: ['pipe', 'ignore', file.fd],
      });
      // What went wrong there stands in the log.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(weightsAsInputs(model));
      const signal = await new Promise<NodeJS.Signals | null>((resolve, reject) => {
        child.on('error', reject);
        child.on('close', (_, ended) => resolve(ended));
      });
      // A library that is broken, or calls what another version had, ends the process that loads it.
      if (signal !== null && provider.name === 'cuda') {
        throw wrongProvider(providerPath(runtime), `${signal} ended the process that loaded it`);
      }
    } finally {
      await file.close();
    }
    const log = await readFile(join(folder, 'log'), 'utf8');
    const refused = providerRefusal(log);
    if (refused !== undefined) throw refused;
    return readPlacement(log);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const probe = `
const [runtime, provider] = process.argv.slice(1);
const chunks = [];
process.stdin.on('data', (chunk) => chunks.push(chunk));
process.stdin.on('end', () =>
  require(runtime)
    .InferenceSession.create(Buffer.concat(chunks), { executionProviders: [JSON.parse(provider)], logSeverityLevel: 0 })
    .catch((error) => console.error('refused: ' + error.message)),
);
`;

/**
 * Reads the lines of onnxruntime 1.29's log that are about placement. Throws MokusError `backend` where there are none, or
 * some are missing.
 */
export function readPlacement(log: string): Placement {
  const nodes = new Map<string, PlacedNode[]>();
  const byChoice = new Set<string>();
  let everywhere: string | undefined;
  let current: PlacedNode[] = [];
  let announced = 0;
  for (const line of log.split('\n')) {
    const forced = line.match(/Force fallback to CPU execution for node: (.+?) because the CPU/)?.[1];
    if (forced !== undefined) byChoice.add(forced);
    const said = line.split('VerifyEachNodeIsAssignedToAnEp] ')[1]?.trim() ?? '';
    everywhere = said.match(/^All nodes placed on \[(\w+)\]/)?.[1] ?? everywhere;
    const [, provider, count] = said.match(/^Node\(s\) placed on \[(\w+)\]. Number of nodes: (\d+)/) ?? [];
    const [, opType, name] = said.match(/^(\w+) \((.*)\)$/) ?? [];
    if (provider !== undefined) {
      current = [];
      nodes.set(provider, current);
      announced += Number(count);
    } else if (opType !== undefined && name !== undefined) {
      current.push({ opType, name });
    }
  }
  const read = [...nodes.values()].reduce((sum, each) => sum + each.length, 0);
  if (read !== announced || (everywhere === undefined && read === 0)) {
    const refused = log.match(/^refused: (.*)$/m)?.[1];
    // What is refused when it is asked about is refused when it is loaded.
    const message =
      refused === undefined
        ? `onnxruntime did not say where it runs the nodes: it names ${read} of ${announced}; allowCpu loads without asking`
        : `onnxruntime refuses the device, or the model: ${refused}; mokus doctor says which devices work`;
    throw new MokusError('backend', message);
  }
  return { nodes, everywhere, byChoice };
}

/**
 * Throws MokusError `unsupported` naming the program and the operation when a node would run on the CPU for want of a
 * kernel.
 */
export function requireOnDevice({ nodes, everywhere, byChoice }: Placement, backend: string): void {
  const cpu = 'CPUExecutionProvider';
  const fallen = (nodes.get(cpu) ?? []).filter(({ name }) => !byChoice.has(name));
  if (everywhere !== cpu && fallen.length === 0) return;
  const [program, operation] = fallen[0]?.name.split('/') ?? [];
  const which =
    fallen.length === 0
      ? 'every node'
      : `${fallen.length} nodes, the first ${operation} (${fallen[0]?.opType}) of program "${program}"`;
  throw new MokusError(
    'unsupported',
    `backend ${backend} has no kernel for ${which}: the CPU would run it, with copies; allow that with allowCpu`,
    { backend, ...(operation === undefined ? {} : { operation }) },
  );
}
