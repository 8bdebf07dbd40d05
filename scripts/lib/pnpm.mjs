/**
 * The pinned pnpm, without corepack: `npm install` of pnpm alone into .pnpm-bin/, whose version comes
 * from package.json's packageManager. Nothing outside the repository is changed but pnpm's own store.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from './environment.mjs';
import { root, run, runQuietly } from './run.mjs';

const toolFolder = join(root, '.pnpm-bin');
const stampFile = join(root, 'node_modules', '.mokus-installed');

const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager.replace(/^pnpm@/, '');
const pnpmEntry = join(toolFolder, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');

async function obtainPnpm() {
  const manifest = join(toolFolder, 'node_modules', 'pnpm', 'package.json');
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version) return;
  console.log(`mokus: fetching pnpm ${version} into .pnpm-bin/`);
  mkdirSync(toolFolder, { recursive: true });
  // Its own package.json keeps npm from taking the workspace root for the project.
  writeFileSync(join(toolFolder, 'package.json'), '{ "private": true }\n');
  const args = [
    'install',
    '--prefix',
    toolFolder,
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
    `pnpm@${version}`,
  ];
  await runQuietly(`fetching pnpm ${version} with npm`, 'npm', args, { cwd: toolFolder, env: environment() });
}

export async function runPnpm(args) {
  await obtainPnpm();
  return run(process.execPath, [pnpmEntry, ...args], { env: environment() });
}

/** Runs pnpm without showing what it prints, unless it fails. */
export async function runPnpmQuietly(what, args, options = {}) {
  await obtainPnpm();
  return runQuietly(what, process.execPath, [pnpmEntry, ...args], {
    ...options,
    env: { ...environment(), ...options.env },
  });
}

/** Hash of everything that decides what node_modules holds. */
function installKey() {
  const hash = createHash('sha256').update(`${version} ${process.platform} ${process.arch}`);
  const manifests = [
    'bench',
    'examples',
    ...readdirSync(join(root, 'packages'))
      .sort()
      .map((name) => join('packages', name)),
  ];
  const files = [
    'package.json',
    'pnpm-workspace.yaml',
    'pnpm-lock.yaml',
    ...manifests.map((folder) => join(folder, 'package.json')),
  ];
  for (const file of files) {
    if (existsSync(join(root, file))) hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/** Installs exactly the lockfile; does nothing, within milliseconds, when that has been done. */
export async function installWorkspace() {
  const key = installKey();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === key) return;
  await obtainPnpm();
  console.log('mokus: installing the workspace (pnpm install --frozen-lockfile)');
  const started = Date.now();
  await runPnpmQuietly('pnpm install --frozen-lockfile', ['install', '--frozen-lockfile']);
  writeFileSync(stampFile, key);
  console.log(`mokus: installed in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}
