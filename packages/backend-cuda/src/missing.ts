import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Something that the CUDA provider needs and this machine lacks. */
export interface MissingPart {
  /** A library or device, by the name that the loader asks for. */
  readonly part: string;
  readonly why: string;
  /** What mends it, as a command where there is one. */
  readonly mend: string;
}

const require = createRequire(import.meta.url);

/** The folder of onnxruntime's own libraries, where the provider's must lie. */
export function runtimeFolder(): string {
  const main = require.resolve('onnxruntime-node');
  return join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch);
}

const providerFiles = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'] as const;

/**
 * What the CUDA provider lacks here, in the order in which to mend it; empty where all is there. The system's loader is
 * asked for each library, so what it finds a session finds.
 */
export function missingCudaParts(folder: string = runtimeFolder()): readonly MissingPart[] {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    const here = `${process.platform} ${process.arch}`;
    return [{ part: 'platform', why: `onnxruntime-node has no CUDA provider for ${here}`, mend: 'use Linux on x64' }];
  }
  const missing: MissingPart[] = [];
  const driver = loaderError('libcuda.so.1');
  if (driver !== undefined) {
    missing.push({
      part: 'libcuda.so.1',
      why: driver,
      mend: 'install the NVIDIA driver: apt-get install nvidia-driver',
    });
  }
  for (const file of providerFiles) {
    if (existsSync(join(folder, file))) continue;
    const why = `it is not in ${folder}`;
    missing.push({ part: file, why, mend: providerMend(folder) });
  }
  for (const library of [...linkedLibraries(join(folder, providerFiles[1])), 'libcudnn.so.9']) {
    const why = loaderError(library);
    if (why !== undefined) missing.push({ part: library, why, mend: mendOf(library) });
  }
  return missing;
}

/** A third party's package that carries the provider library of onnxruntime 1.29.0, built for CUDA 13. */
const providerPackage = 'com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9';

function providerMend(folder: string): string {
  const libraries = providerFiles.map((file) => `package/Plugins/Linux/x64/${file}`).join(' ');
  return `npm pack ${providerPackage} && tar -xzf com.github.asus4.onnxruntime.linux-x64-gpu-0.4.9.tgz ${libraries} && cp ${libraries} ${folder}`;
}

function mendOf(library: string): string {
  if (library.startsWith('libcudnn')) return "apt-get install libcudnn9-cuda-13 (from NVIDIA's repository)";
  const version = library.match(/\.so\.(1[0-9])$/)?.[1] ?? '13';
  const cuda = library.startsWith('libcurand') ? '13' : version;
  return `apt-get install cuda-libraries-${cuda}-0 (from NVIDIA's repository)`;
}

/** What links of CUDA a provider of CUDA 13 has, where there is no provider to ask. */
const usual = ['libcublasLt.so.13', 'libcublas.so.13', 'libcurand.so.10', 'libcudart.so.13'];

/** The CUDA libraries that the provider is linked with: their names stand near its beginning. */
function linkedLibraries(provider: string): readonly string[] {
  if (!existsSync(provider)) return usual;
  const head = Buffer.alloc(1 << 20);
  const file = openSync(provider, 'r');
  try {
    readSync(file, head, 0, head.length, 0);
  } finally {
    closeSync(file);
  }
  const found = head.toString('latin1').match(/lib(?:cublasLt|cublas|curand|cudart)\.so\.\d+/g);
  return found === null ? usual : [...new Set(found)];
}

/** What the system's loader says when it cannot load a library; undefined when it can. */
export function loaderError(library: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, library);
  } catch (error) {
    // A library that was loaded is no addon, which Node says.
    const message = error instanceof Error ? error.message : String(error);
    return /cannot open shared object|undefined symbol|wrong ELF|invalid ELF/.test(message) ? message : undefined;
  }
  return undefined;
}
