import { checkProviderFile, providerFiles, providerMend, runtimeFolder } from './provider-files.js';
import { driverMend } from './suspect.js';

/** Something that the CUDA provider needs and this machine lacks. */
export interface MissingPart {
  /** A library or device, by the name that the loader asks for. */
  readonly part: string;
  readonly why: string;
  /** What mends it, as a command where there is one. */
  readonly mend: string;
}

/**
 * What the CUDA provider lacks here, in the order in which to mend it; empty where all is there. The system's loader is
 * asked for each library, so what it finds a session finds; the provider's own are read, and not loaded.
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
      mend: driverMend,
    });
  }
  let linked: readonly string[] = [];
  for (const file of providerFiles) {
    const checked = checkProviderFile(folder, file);
    if ('why' in checked) missing.push({ part: file, why: checked.why, mend: providerMend(folder) });
    else linked = checked.library.needed;
  }
  const cuda = linked.filter((library) => /^lib(?:cu|nv)/.test(library) && library !== 'libcuda.so.1');
  for (const library of new Set([...(cuda.length > 0 ? cuda : usual), 'libcudnn.so.9'])) {
    const why = loaderError(library);
    if (why !== undefined) missing.push({ part: library, why, mend: mendOf(library) });
  }
  return missing;
}

/** The command that installs a library of CUDA. */
export function mendOf(library: string): string {
  if (library.startsWith('libcudnn')) return "apt-get install libcudnn9-cuda-13 (from NVIDIA's repository)";
  // Those of random numbers and Fourier transforms count their versions for themselves.
  const version = library.match(/^libcu(?:dart|blas|blasLt)\.so\.(\d+)$/)?.[1] ?? '13';
  return `apt-get install cuda-libraries-${version}-0 (from NVIDIA's repository)`;
}

/** What links of CUDA a provider of CUDA 13 has, where there is no provider to ask. */
const usual = ['libcublasLt.so.13', 'libcublas.so.13', 'libcurand.so.10', 'libcudart.so.13'];

/** What the system's loader says when it cannot load a library; undefined when it can. */
export function loaderError(library: string): string | undefined {
  try {
    process.dlopen({ exports: {} }, library);
  } catch (error) {
    // A library that was loaded is no addon, which Node says.
    const message = error instanceof Error ? error.message : String(error);
    return /cannot open shared object|undefined symbol|wrong ELF|invalid ELF|too short/.test(message)
      ? message
      : undefined;
  }
  return undefined;
}
