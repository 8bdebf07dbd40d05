import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { suspectCudaPart } from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'mokus-driver-'));
afterAll(() => rmSync(folder, { recursive: true }));

const problem = 'CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version';
const driverMend = "apt-get install cuda-drivers (from NVIDIA's repository; CUDA 13 takes 580 or newer)";

// The two ways in which the driver says its version: its own kernel module, and the open one.
it.each([
  ['NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC 2023', '535.129.03', true],
  [
    'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs-builder)',
    '580.65.06',
    false,
  ],
])('says the version of the driver: %s', (line, version, isTooOld) => {
  const file = join(folder, version);
  writeFileSync(file, `${line}\nGCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n`);
  const { part, why, mend } = suspectCudaPart(problem, file);
  expect(part).toBe(isTooOld ? 'driver (CUDA 13)' : 'provider or driver (CUDA 13)');
  expect(why).toBe(`the NVIDIA driver is ${version}; ${problem}`);
  if (isTooOld) expect(mend).toBe(driverMend);
  else expect([mend.startsWith('npm pack '), mend.endsWith(`; or ${driverMend}`)]).toEqual([true, true]);
});

it('says that no driver is loaded', () => {
  expect(suspectCudaPart(problem, join(folder, 'nothing'))).toEqual({
    part: 'driver (CUDA 13)',
    why: `no NVIDIA driver is loaded; ${problem}`,
    mend: driverMend,
  });
});
