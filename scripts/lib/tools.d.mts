/** The environment under which a usable Vulkan driver is found, or null. */
export function findVulkan(): Readonly<Record<string, string>> | null;
