/**
 * What a user gets: every package packed, within its budget of bytes, installed from its tarball by npm into an empty project,
 * type-checked there, run there on the oldest Node that will do and on a new one, and bundled for a browser there.
 */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleForBrowsers } from '../lib/browser-bundle.mjs';
import { browserEntryPoints, entryPoints as exported, manifestOf } from '../lib/entry-points.mjs';
import { environment } from '../lib/environment.mjs';
import { folderOf, house, nameOf } from '../lib/house.mjs';
import { packAll, tarballOf } from '../lib/pack.mjs';
import { root, runQuietly } from '../lib/run.mjs';
import { kilobyteBudgets } from '../lib/size-budgets.mjs';
import { findNode, nodeNames, provideNode } from '../lib/tools.mjs';

const folders = Object.keys(house);
const entryPoints = exported.map(({ name }) => name);
const kilobytes = (file: string): number => Math.ceil(statSync(file).size / 1000);

/** A program that imports them all and says what each holds. */
const imports = [
  ...entryPoints.map((name, index) => `import * as entry${index} from '${name}';`),
  `const entries: Record<string, object> = { ${entryPoints.map((name, index) => `'${name}': entry${index}`).join(', ')} };`,
  'console.log(JSON.stringify(Object.fromEntries(Object.entries(entries).map(([name, all]) => [name, Object.keys(all).length]))));',
].join('\n');

describe('packed packages in an empty project', () => {
  const project = mkdtempSync(join(tmpdir(), 'mokus-consumer-'));
  const runOn = async (name: string, file: string): Promise<string> => {
    const node: string | null = findNode(name);
    if (node === null) throw new Error(`no ${name}: npm test -- --provide fetches it`);
    return runQuietly(`${file} on ${name}`, node, [file], { cwd: project });
  };
  const tsc = (...args: string[]) =>
    runQuietly('tsc', process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), ...args], { cwd: project });

  beforeAll(async () => {
    await Promise.all([packAll(), ...nodeNames.map(provideNode)]);
    const typescript = manifestOf(join(root, 'node_modules', 'typescript')).version;
    // Entry points such as @mokus/backend-webgpu/node ask for a package that is the user's to install.
    const peers = folders.flatMap((folder) =>
      Object.keys(manifestOf(join(root, folderOf(folder))).peerDependencies ?? {}).map((name) => [
        name,
        manifestOf(join(root, folderOf(folder), 'node_modules', name)).version,
      ]),
    );
    const manifest = {
      name: 'consumer',
      private: true,
      type: 'module',
      dependencies: Object.fromEntries([
        ...folders.map((folder) => [nameOf(folder), `file:${tarballOf(folder)}`]),
        ...peers,
      ]),
      devDependencies: { typescript, '@types/node': '20' },
    };
    const tsconfig = {
      compilerOptions: {
        target: 'ES2023',
        module: 'NodeNext',
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: true,
        outDir: 'built',
        types: ['node'],
      },
      include: ['*.ts'],
    };
    writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(tsconfig));
    writeFileSync(join(project, 'imports.ts'), imports);
    for (const name of readdirSync(join(root, 'scripts', 'test', 'packaging'))) {
      copyFileSync(join(root, 'scripts', 'test', 'packaging', name), join(project, name));
    }
    const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline'];
    await runQuietly('npm install', 'npm', ['install', ...flags], { cwd: project, env: environment() });
    // On an empty npm cache this fetches half a gigabyte: onnxruntime's binaries.
  }, 600_000);

  afterAll(() => rmSync(project, { recursive: true, force: true }), 60_000);

  it('packs each package within its budget', () => {
    const sizes = folders.map((folder) => [folder, kilobytes(tarballOf(folder))] as const);
    console.log(sizes.map(([folder, kB]) => `${folder} ${kB} kB of ${kilobyteBudgets.packed[folder]}`).join('\n'));
    expect(Object.keys(kilobyteBudgets.packed)).toEqual(folders);
    for (const [folder, kB] of sizes) expect(kB, folder).toBeLessThanOrEqual(kilobyteBudgets.packed[folder] ?? 0);
  });

  it('installs one copy of each package, with its licence', () => {
    for (const folder of folders) {
      const installed = join(project, 'node_modules', nameOf(folder));
      expect(existsSync(join(installed, 'dist', 'index.d.ts')), folder).toBe(true);
      expect(existsSync(join(installed, 'LICENSE')), folder).toBe(true);
      expect(existsSync(join(installed, 'node_modules', '@mokus')), folder).toBe(false);
      expect(JSON.stringify(manifestOf(installed)), folder).not.toMatch(/workspace:|catalog:/);
    }
  });

  it('type-checks under nodenext and under bundler resolution', async () => {
    await tsc();
    await tsc('--noEmit', '--module', 'ESNext', '--moduleResolution', 'bundler');
  }, 240_000);

  it.each(nodeNames)(
    'imports every entry point on %s',
    async (name) => {
      const counts = JSON.parse(await runOn(name, join('built', 'imports.js')));
      expect(Object.keys(counts)).toEqual(entryPoints);
    },
    240_000,
  );

  it('bundles for browsers without a polyfill of Node, each entry point within its budget', async () => {
    const sizes = await bundleForBrowsers(project, browserEntryPoints);
    console.log(sizes.map(([name, kB]) => `${name} ${kB} kB of ${kilobyteBudgets.bundled[name]}`).join('\n'));
    for (const [name, kB] of sizes) expect(kB, name).toBeLessThanOrEqual(kilobyteBudgets.bundled[name] ?? 0);
  }, 240_000);

  it('inspects the embedded model from the command line', async () => {
    const mokus = join(project, 'node_modules', '.bin', 'mokus');
    const model = join('node_modules', '@mokus', 'emoji-world', 'model');
    const report = JSON.parse(await runQuietly('mokus inspect', mokus, ['inspect', model, '--json'], { cwd: project }));
    expect(report.pipeline).toBe('QwenImagePipeline');
    expect(report.components.map(({ component }: { component: string }) => component)).toContain('text_encoder');
  }, 240_000);

  it.each(nodeNames)(
    'draws a picture with the embedded model on %s',
    async (name) => {
      rmSync(join(project, 'picture.png'), { force: true });
      const { width, height, colours } = JSON.parse(await runOn(name, join('built', 'picture.js')));
      expect([width, height]).toEqual([64, 64]);
      expect(colours).toBeGreaterThan(16);
      expect(existsSync(join(project, 'picture.png'))).toBe(true);
    },
    240_000,
  );
});
