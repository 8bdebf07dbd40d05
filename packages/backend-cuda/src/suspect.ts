import { readFileSync } from 'node:fs';
import type { MissingPart } from './missing.js';
import { providerMend, runtimeFolder } from './provider-files.js';

/** The oldest branch of the NVIDIA driver that CUDA 13 runs on. */
const oldestDriver = 580;

/** Installs a driver that CUDA 13 takes: distributions carry older ones. */
export const driverMend: string = `apt-get install cuda-drivers (from NVIDIA's repository; CUDA 13 takes ${oldestDriver} or newer)`;

/**
 * What is likely at fault when nothing is missing and the CUDA provider fails all the same: the driver, where its version is
 * too old for CUDA 13, else the driver or the provider library.
 *
 * @param problem what the backend said
 * @param driverFile where the driver says its version
 */
export function suspectCudaPart(problem: string, driverFile = '/proc/driver/nvidia/version'): MissingPart {
  const driver = driverVersion(driverFile);
  const said = driver === undefined ? 'no NVIDIA driver is loaded' : `the NVIDIA driver is ${driver}`;
  const isDriver = driver === undefined || Number.parseInt(driver, 10) < oldestDriver;
  return {
    part: isDriver ? 'driver (CUDA 13)' : 'provider or driver (CUDA 13)',
    why: `${said}; ${problem}`,
    mend: isDriver ? driverMend : `${providerMend(runtimeFolder())}; or ${driverMend}`,
  };
}

function driverVersion(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').match(/^NVRM version: .*?\s(\d+(?:\.\d+)+)\s/m)?.[1];
  } catch {
    return undefined;
  }
}
