import { existsSync, readdirSync } from 'node:fs';
import { loaderError, type MissingPart } from '@mokus/backend-cuda';

/** Where Linux keeps the descriptions of its Vulkan drivers. */
const driverFolders = ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'];

/**
 * What WebGPU may lack in Node: the package, and on Linux a Vulkan loader and a driver. Other systems bring Metal or
 * Direct3D 12 along.
 */
export async function missingVulkanParts(): Promise<readonly MissingPart[]> {
  const missing: MissingPart[] = [];
  if (!(await isWebgpuInstalled())) {
    missing.push({ part: 'the package webgpu', why: 'it is not installed', mend: 'npm install webgpu' });
  }
  if (process.platform !== 'linux') return missing;
  const loader = loaderError('libvulkan.so.1');
  if (loader !== undefined) {
    missing.push({ part: 'libvulkan.so.1', why: loader, mend: 'apt-get install libvulkan1' });
  }
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  const mend = 'apt-get install mesa-vulkan-drivers (25 or newer), or the driver of the GPU';
  if (named !== undefined) {
    const absent = named.split(':').filter((file) => !existsSync(file));
    for (const part of absent) missing.push({ part, why: 'VK_DRIVER_FILES names it, and it is not there', mend });
  } else if (!driverFolders.some((folder) => existsSync(folder) && readdirSync(folder).length > 0)) {
    missing.push({ part: 'a Vulkan driver', why: `there is none in ${driverFolders.join(', ')}`, mend });
  }
  return missing;
}

async function isWebgpuInstalled(): Promise<boolean> {
  try {
    await import('@mokus/backend-webgpu/node');
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND';
  }
}
