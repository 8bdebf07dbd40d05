import { type MissingPart, missingCudaParts, suspectCudaPart } from '@mokus/backend-cuda';
import { missingVulkanParts, missingWebgpuParts, suspectVulkanPart } from './vulkan.js';

/** What is known of a backend that does not work. */
export interface PartLookup {
  /** What it needs and this machine lacks. */
  readonly missing: () => Promise<readonly MissingPart[]> | readonly MissingPart[];
  /** What is likely at fault where nothing is missing; undefined where that is not known. */
  readonly suspect: (problem: string) => MissingPart | undefined;
}

/** Of Mokus' own backends; of another its error says it. */
export const partLookups: ReadonlyMap<string, PartLookup> = new Map<string, PartLookup>([
  ['webgpu', { missing: missingWebgpuParts, suspect: suspectVulkanPart }],
  ['webgpu-native', { missing: missingVulkanParts, suspect: suspectVulkanPart }],
  ['cuda', { missing: missingCudaParts, suspect: suspectCudaPart }],
]);

/** What a backend that does not work lacks, each with what mends it: where nothing is missing, what is likely at fault. */
export async function missingPartsOf(
  device: string,
  problem: string,
  lookups: ReadonlyMap<string, PartLookup> = partLookups,
): Promise<readonly MissingPart[]> {
  const lookup = lookups.get(device);
  const missing = (await lookup?.missing()) ?? [];
  const suspect = missing.length > 0 ? undefined : lookup?.suspect(problem);
  return suspect === undefined ? missing : [suspect];
}
