/**
 * The one build of all packages. Entries follow from package.json: an export of ./dist/NAME.js is built
 * from src/NAME.ts or src/NAME/index.ts, so a new subpath needs no change here.
 */
import { existsSync, readFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

type Target = string | { default?: string };

function entriesOf(manifest: {
  exports: Record<string, Target>;
  bin?: Record<string, string>;
}): Record<string, string> {
  const built = [
    ...Object.values(manifest.exports).map((target) => (typeof target === 'string' ? target : target.default)),
    ...Object.values(manifest.bin ?? {}),
  ];
  const entries: Record<string, string> = {};
  for (const file of built) {
    const name = file?.match(/^\.\/dist\/(.+)\.js$/)?.[1];
    if (name === undefined) continue;
    const source = [`src/${name}.ts`, `src/${name}/index.ts`].find((path) => existsSync(path));
    if (source === undefined) throw new Error(`package.json exports ${file}, but src/${name}.ts does not exist`);
    entries[name] = source;
  }
  return entries;
}

const config: Options = {
  entry: entriesOf(JSON.parse(readFileSync('package.json', 'utf8'))),
  format: ['esm'],
  target: 'es2023',
  platform: 'neutral',
  external: [/^node:/],
  removeNodeProtocol: false,
  // Running a program needs no declarations, and they take most of the time (scripts/lib/build.mjs).
  dts: process.env.MOKUS_BUILD !== 'js',
  sourcemap: true,
  clean: true,
  splitting: true,
  tsconfig: '../../tsconfig.build.json',
};

export default defineConfig(config) as Options;
