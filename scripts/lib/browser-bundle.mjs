/** Bundles entry points with Vite as a web page would, in a project that installed the packed packages. */
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build } from 'vite';

/** Refuses what no browser has: Vite would put an empty module in its place, which fails only when it is used. */
const refuseNode = {
  name: 'mokus-no-node',
  enforce: 'pre',
  resolveId(id, importer) {
    if (!id.startsWith('node:') && !builtinModules.includes(id) && id !== 'sharp') return null;
    throw new Error(`${importer} imports ${id}, which browsers do not have`);
  },
};

/**
 * Each entry point alone, with all that it exports and all that it needs.
 *
 * @returns {Promise<[name: string, kilobytes: number][]>} JavaScript, minified, not compressed
 */
export async function bundleForBrowsers(project, entryPoints) {
  const sizes = [];
  for (const { name } of entryPoints) {
    const entry = {
      name: 'mokus-entry',
      resolveId: (id) => (id === 'virtual:entry' ? join(project, 'entry.js') : null),
      load: (id) => (id === join(project, 'entry.js') ? `export * from '${name}';` : null),
    };
    const { output } = await build({
      root: project,
      configFile: false,
      logLevel: 'error',
      plugins: [entry, refuseNode],
      build: {
        write: false,
        target: 'es2022',
        rollupOptions: { input: 'virtual:entry', preserveEntrySignatures: 'strict' },
      },
    });
    const bytes = output.filter(({ type }) => type === 'chunk').reduce((sum, { code }) => sum + code.length, 0);
    sizes.push([name, Math.ceil(bytes / 1000)]);
  }
  return sizes;
}
