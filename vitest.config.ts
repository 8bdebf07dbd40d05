/** One vitest project per package; every @mokus import resolves to source, so tests need no build. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vitest/config';

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

const packages = readdirSync(`${root}packages`).filter((name) => existsSync(`${root}packages/${name}/package.json`));

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      ...packages.map((name) => ({ name, folder: `packages/${name}` })),
      { name: 'examples', folder: 'examples' },
      { name: 'workspace', folder: 'scripts' },
    ].map(({ name, folder }) => ({
      plugins: [fromSource],
      test: {
        name,
        root: `${root}${folder}`,
        include: ['test/**/*.test.ts'],
        testTimeout: 60_000,
      },
    })),
  },
});
