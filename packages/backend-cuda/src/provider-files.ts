import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readSharedLibrary, type SharedLibrary } from './shared-library.js';

const require = createRequire(import.meta.url);

/** The folder of onnxruntime's own libraries, where the provider's must lie. `main`: of another onnxruntime-node. */
export function runtimeFolder(main?: string): string {
  return join(packageFolder(main), 'bin', 'napi-v6', process.platform, process.arch);
}

/** The version of onnxruntime that is installed: a provider library is built for one. */
export function runtimeVersion(): string {
  return JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8')).version;
}

function packageFolder(main: string = require.resolve('onnxruntime-node')): string {
  return join(dirname(main), '..');
}

/** The provider's libraries, in the order in which onnxruntime loads them, and what it calls in each. */
const entryPoints = {
  'libonnxruntime_providers_shared.so': 'Provider_SetHost',
  'libonnxruntime_providers_cuda.so': 'GetProvider',
} as const;
export const providerFiles = Object.keys(entryPoints) as (keyof typeof entryPoints)[];
export type ProviderFile = (typeof providerFiles)[number];

/** Where onnxruntime looks for the library that computes. `main`: of another onnxruntime-node. */
export function providerPath(main?: string): string {
  return join(runtimeFolder(main), 'libonnxruntime_providers_cuda.so');
}

/** A third party's package that carries the provider library of onnxruntime 1.29.0, built for CUDA 13. */
const providerPackage = 'com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9';

/** The command that puts the provider's libraries where they belong. */
export function providerMend(folder: string): string {
  const libraries = providerFiles.map((file) => `package/Plugins/Linux/x64/${file}`).join(' ');
  return `npm pack ${providerPackage} && tar -xzf com.github.asus4.onnxruntime.linux-x64-gpu-0.4.9.tgz ${libraries} && cp ${libraries} ${folder}`;
}

/** A library of the provider that can be loaded, or why it cannot: it is not there, broken, or of another version. */
export function checkProviderFile(folder: string, file: ProviderFile): { library: SharedLibrary } | { why: string } {
  const path = join(folder, file);
  if (!existsSync(path)) return { why: `it is not in ${folder}` };
  try {
    const library = readSharedLibrary(path);
    requireProvider(library, file);
    return { library };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { why: `it is no library for onnxruntime ${runtimeVersion()}: ${reason}` };
  }
}

/**
 * onnxruntime does not ask a provider for its version: one of another calls what is not there. The CUDA library names the
 * version once, among its constants (1.19.2 and 1.29.0 do); where it names none, none is known to be wrong.
 */
function requireProvider({ symbols, constants }: SharedLibrary, file: ProviderFile): void {
  if (!symbols.has(entryPoints[file])) throw new Error(`it lacks ${entryPoints[file]}`);
  const versions = versionsIn(constants);
  if (versions.length > 0 && !versions.includes(runtimeVersion())) {
    throw new Error(`it was built for ${versions.join(', ')}`);
  }
}

/** Strings among constants that are a version of onnxruntime. */
function versionsIn(constants: Buffer): readonly string[] {
  const found = new Set<string>();
  for (let at = constants.indexOf('\x001.'); at >= 0; at = constants.indexOf('\x001.', at + 1)) {
    const version = constants.toString('latin1', at + 1, at + 12).match(/^(1\.\d+\.\d+)\0/)?.[1];
    if (version !== undefined) found.add(version);
  }
  return [...found];
}
