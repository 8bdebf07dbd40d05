import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loaderError, type MissingPart } from '@mokus/backend-cuda';

/** Where Linux keeps the descriptions of its Vulkan drivers. */
const driverFolders = ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

/** What the device webgpu may lack in Node: the package, and what {@link missingVulkanParts} tells. */
export async function missingWebgpuParts(): Promise<readonly MissingPart[]> {
  const absent = { part: 'the package webgpu', why: 'it is not installed', mend: 'npm install webgpu' };
  return [...((await isWebgpuInstalled()) ? [] : [absent]), ...missingVulkanParts()];
}

/** What every WebGPU may lack in Node: on Linux a Vulkan loader and a driver. Other systems bring Metal or Direct3D 12 along. */
export function missingVulkanParts(): readonly MissingPart[] {
  const missing: MissingPart[] = [];
  if (process.platform !== 'linux') return missing;
  const loader = loaderError('libvulkan.so.1');
  if (loader !== undefined) {
    missing.push({ part: 'libvulkan.so.1', why: loader, mend: 'apt-get install libvulkan1' });
  }
  const drivers = driverFiles();
  const absent = drivers.filter((file) => !existsSync(file));
  for (const part of absent)
    missing.push({ part, why: 'VK_DRIVER_FILES names it, and it is not there', mend: driverMend() });
  if (drivers.length === 0) {
    missing.push({ part: 'a Vulkan driver', why: `there is none in ${driverFolders.join(', ')}`, mend: driverMend() });
  }
  return missing;
}

/** What is likely at fault where WebGPU has a Vulkan driver and fails all the same: Dawn does not take every one. */
export function suspectVulkanPart(problem: string): MissingPart | undefined {
  if (process.platform !== 'linux') return undefined;
  return {
    part: `a Vulkan driver that Dawn takes; found ${driverFiles().join(', ')}`,
    why: problem,
    mend: driverMend(),
  };
}

/** Descriptions of Vulkan drivers that the loader sees: those that the environment names, else those of the system. */
function driverFiles(): readonly string[] {
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  if (named !== undefined) return named.split(':');
  return driverFolders.filter(existsSync).flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
}

/** The command that installs a driver that Dawn takes. `release`: where the system says what it is. */
export function driverMend(release = '/etc/os-release'): string {
  const isBookworm = existsSync(release) && /^VERSION_CODENAME="?bookworm"?$/m.test(readFileSync(release, 'utf8'));
  // Its own Mesa is 22.3, too old for Dawn.
  const from = isBookworm ? '-t bookworm-backports ' : '';
  return `apt-get install ${from}mesa-vulkan-drivers (25 or newer), or the driver of the GPU`;
}

async function isWebgpuInstalled(): Promise<boolean> {
  try {
    await import('@mokus/backend-webgpu/node');
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND';
  }
}
