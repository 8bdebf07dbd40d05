/** Of each Node that packed packages are tried on. */
export const nodeNames: readonly string[];
/** Path of the Node of this name on this machine, or null. */
export function findNode(name: string): string | null;
export function provideNode(name: string): Promise<void>;
/** The environment under which a usable Vulkan driver is found, or null. */
export function findVulkan(): Readonly<Record<string, string>> | null;
