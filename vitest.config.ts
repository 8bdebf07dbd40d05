/**
 * One vitest project per package; every @mokus import resolves to source, so tests need no build. The suite `examples`
 * alone runs on the built packages, as somebody who installed them would.
 *
 * A file NAME.SUITE.test.ts belongs to a suite that needs something special (scripts/suites.mjs lists them) and
 * runs only with MOKUS_SUITE=SUITE; every other *.test.ts runs by default.
 */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vitest/config';
import { suites } from './scripts/suites.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));

/** `@mokus/core/testing` -> packages/core/src/testing.ts or packages/core/src/testing/index.ts. */
const fromSource: Plugin = {
  name: 'mokus-from-source',
  enforce: 'pre',
  resolveId(id) {
    const match = id.match(/^(?:@mokus\/([\w-]+)|(mokus))(?:\/([\w-]+))?$/);
    if (match === null) return null;
    const folder = `${root}packages/${match[1] ?? match[2]}/src`;
    const name = match[3] ?? 'index';
    return [`${folder}/${name}.ts`, `${folder}/${name}/index.ts`].find((path) => existsSync(path)) ?? null;
  },
};

const suite = process.env.MOKUS_SUITE;
const plugins = suite === 'examples' ? [] : [fromSource];
const special = suites.map(({ name }) => `test/**/*.${name}.test.ts`);

const packages = readdirSync(`${root}packages`).filter((name) => existsSync(`${root}packages/${name}/package.json`));

export default defineConfig({
  test: {
    passWithNoTests: true,
    maxWorkers: '100%',
    projects: [
      ...packages.map((name) => ({ name, folder: `packages/${name}` })),
      { name: 'examples', folder: 'examples' },
      { name: 'benches', folder: 'bench' },
      { name: 'workspace', folder: 'scripts' },
    ].map(({ name, folder }) => ({
      plugins,
      test: {
        name,
        root: `${root}${folder}`,
        include: [suite ? `test/**/*.${suite}.test.ts` : 'test/**/*.test.ts'],
        exclude: suite ? [] : special,
        testTimeout: 60_000,
        hookTimeout: 60_000,
        // Modules keep no state of their own, so files of a worker may share them: a third less time goes into imports.
        isolate: false,
      },
    })),
  },
});
