import { execFileSync } from 'node:child_process';
import { MokusError } from '@mokus/core';
import type { PlacedWeights } from '@mokus/onnx';

/** Bytes of an element, by ONNX's number of its type: f32, f16, bf16. */
const elementBytes: Readonly<Record<number, number>> = { 1: 4, 10: 2, 16: 2 };

/** Bytes that a component's weights take as they are stored. */
export function weightBytes({ initializers }: Pick<PlacedWeights, 'initializers'>): number {
  return initializers.reduce((sum, { dims = [], dataType = 1 }) => {
    const size = dims.reduce((product, each) => product * Number(each), 1);
    return sum + size * (elementBytes[dataType] ?? 4);
  }, 0);
}

/** Bytes that are free on a GPU, as its driver says; undefined where nothing says so. */
export function freeBytes(deviceId: number): number | undefined {
  try {
    const args = ['--query-gpu=memory.free', '--format=csv,noheader,nounits', `--id=${deviceId}`];
    const mebibytes = Number(
      execFileSync('nvidia-smi', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    return Number.isFinite(mebibytes) ? mebibytes * 2 ** 20 : undefined;
  } catch {
    return undefined;
  }
}

/** Throws MokusError `backend` with both numbers when the weights do not fit. */
export function requireMemory(component: string, needed: number, available: number | undefined, what: string): void {
  if (available === undefined || needed <= available) return;
  const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;
  throw new MokusError(
    'backend',
    `loading ${component} on backend cuda: its weights take ${gigabytes(needed)}, ${what} ${gigabytes(available)}; compute in bf16 or f16, free other components (offload), or take another device`,
    { backend: 'cuda' },
  );
}
