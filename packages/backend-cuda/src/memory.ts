import { execFileSync } from 'node:child_process';
import { MokusError } from '@mokus/core';

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
