import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recordHead } from '../record.js';
import type { BesidePytorch } from './beside-pytorch.js';
import type { BackendFigures } from './summary.js';

const folder = fileURLToPath(new URL('../records/', import.meta.url));

/**
 * What was measured on a CUDA GPU, beside the CPU of the same machine, in a file of its own: results are written anew on
 * machines without a GPU, records stay. bench/records/README.md says what is in them.
 */
export function writeCudaRecord(figures: {
  readonly cpu: BackendFigures | undefined;
  readonly cuda: BackendFigures & BesidePytorch;
}): void {
  const query = ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'];
  const [gpu = '', driver, memory] = execFileSync('nvidia-smi', query, { encoding: 'utf8' })
    .trim()
    .split('\n')[0]!
    .split(', ');
  const head = recordHead('npm run bench:backends');
  const name = `cuda-${gpu.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${head.date}.json`;
  const record = { ...head, gpu: { name: gpu, driver, memory }, ...figures };
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${name}`, `${JSON.stringify(record, null, 2)}\n`);
}
