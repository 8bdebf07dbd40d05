import type { MissingPart } from '@mokus/backend-cuda';
import { type Backend, f32Tensor, MokusError, type RunOptions, throwIfCancelled, type WeightStore } from '@mokus/core';
import { Graph, matmul, type Program } from '@mokus/graph';
import { type BackendOpeners, createBackendRegistry } from '../backends.js';
import { missingPartsOf } from './missing-parts.js';

export type { MissingPart } from '@mokus/backend-cuda';

/** Whether a backend works on this machine. */
export interface BackendHealth {
  /** Its name in the registry: what `device` takes. */
  readonly device: string;
  readonly works: boolean;
  /** What it said instead of working. */
  readonly problem: string | undefined;
  /**
   * What is known to be missing, in the order in which to mend it. Where nothing is, the part of it that is likely at
   * fault; none of a backend that is not Mokus' own.
   */
  readonly missing: readonly MissingPart[];
}

export interface DoctorReport {
  readonly node: string;
  readonly platform: string;
  readonly backends: readonly BackendHealth[];
}

/**
 * Tries each backend of a registry: opens it, has it compute a small product, and says for each that does not work what is
 * missing and what mends it. Never throws for a backend; MokusError `cancelled` between two of them.
 */
export async function doctor(
  registry: BackendOpeners = createBackendRegistry(),
  { signal }: Pick<RunOptions, 'signal'> = {},
): Promise<DoctorReport> {
  const backends: BackendHealth[] = [];
  for (const [device, open] of registry) {
    throwIfCancelled(signal, 'the diagnosis');
    const problem = await tryBackend(async () => open({}));
    const missing = problem === undefined ? [] : await missingPartsOf(device, problem);
    backends.push({ device, works: problem === undefined, problem, missing });
  }
  return { node: process.version, platform: `${process.platform} ${process.arch}`, backends };
}

/** What is wrong; undefined when the backend computes what it should. */
async function tryBackend(open: () => Promise<Backend>): Promise<string | undefined> {
  try {
    const module = await (await open()).load(noWeights, { product: product() });
    try {
      const { y } = await module.run('product', { a: f32Tensor([1, 2], [2, 3]), b: f32Tensor([2, 1], [10, 100]) });
      const got = y?.data[0];
      return got === 320 ? undefined : `it computed ${got} for 2 * 10 + 3 * 100`;
    } finally {
      await module.dispose();
    }
  } catch (error) {
    return MokusError.isInstance(error) || error instanceof Error ? error.message : String(error);
  }
}

const noWeights: WeightStore = { name: 'no weights', get: () => undefined, names: () => [] };

function product(): Program {
  const graph = new Graph();
  graph.output('y', matmul(graph.input('a', 'f32', ['n', 2]), graph.input('b', 'f32', [2, 1])));
  return graph.build();
}
