/**
 * What a user gets: every package packed, installed from its tarball by npm into an empty project,
 * type-checked there and run there.
 */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment } from '../lib/environment.mjs';
import { folderOf, house, nameOf } from '../lib/house.mjs';
import { packAll, tarballOf } from '../lib/pack.mjs';
import { root, runQuietly } from '../lib/run.mjs';

const folders = Object.keys(house);
const manifestOf = (path: string) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));

/** Every entry point that a package exports: `@mokus/core`, `@mokus/core/testing`, ... */
const entryPoints = folders.flatMap((folder) =>
  Object.keys(manifestOf(join(root, folderOf(folder))).exports)
    .filter((path) => path !== './package.json')
    .map((path) => nameOf(folder) + path.slice(1)),
);

/** A program that imports them all and says what each holds. */
const imports = [
  ...entryPoints.map((name, index) => `import * as entry${index} from '${name}';`),
  `const entries: Record<string, object> = { ${entryPoints.map((name, index) => `'${name}': entry${index}`).join(', ')} };`,
  'console.log(JSON.stringify(Object.fromEntries(Object.entries(entries).map(([name, all]) => [name, Object.keys(all).length]))));',
].join('\n');

describe('packed packages in an empty project', () => {
  const project = mkdtempSync(join(tmpdir(), 'mokus-consumer-'));
  const node = (file: string) => runQuietly(file, process.execPath, [file], { cwd: project });
  const tsc = (...args: string[]) =>
    runQuietly('tsc', process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), ...args], { cwd: project });

  beforeAll(async () => {
    await packAll();
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

  it('imports every entry point', async () => {
    const counts = JSON.parse(await node(join('built', 'imports.js')));
    expect(Object.keys(counts)).toEqual(entryPoints);
  }, 240_000);

  it('inspects the embedded model from the command line', async () => {
    const mokus = join(project, 'node_modules', '.bin', 'mokus');
    const model = join('node_modules', '@mokus', 'emoji-world', 'model');
    const report = JSON.parse(await runQuietly('mokus inspect', mokus, ['inspect', model, '--json'], { cwd: project }));
    expect(report.pipeline).toBe('QwenImagePipeline');
    expect(report.components.map(({ component }: { component: string }) => component)).toContain('text_encoder');
  }, 240_000);

  it('draws a picture with the embedded model', async () => {
    const { width, height, colours } = JSON.parse(await node(join('built', 'picture.js')));
    expect([width, height]).toEqual([64, 64]);
    expect(colours).toBeGreaterThan(16);
    expect(existsSync(join(project, 'picture.png'))).toBe(true);
  }, 240_000);
});
