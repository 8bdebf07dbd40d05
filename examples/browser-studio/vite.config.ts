/**
 * The page as static files: the checkpoint's files lie beside it as they are, and the page knows their names and sizes
 * without asking.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelFolder } from '@mokus/emoji-world';
import { defineConfig, type UserConfigFnObject } from 'vite';

const folder = fileURLToPath(modelFolder);
const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();

const revision = createHash('sha256');
const files = paths.map((path) => {
  const bytes = readFileSync(path);
  revision.update(bytes);
  return { path: relative(folder, path).split(sep).join('/'), size: bytes.length };
});
const checkpoint = { revision: revision.digest('hex').slice(0, 16), files };

const config: UserConfigFnObject = defineConfig(({ command }) => ({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Any folder of any web server will do.
  base: './',
  publicDir: folder,
  define: { __CHECKPOINT__: JSON.stringify(checkpoint), __DEVELOPMENT__: JSON.stringify(command === 'serve') },
  // The worker imports the runtime of one device or the other.
  worker: { format: 'es' },
  build: {
    target: 'es2023',
    emptyOutDir: true,
    rollupOptions: {
      input: {
        index: fileURLToPath(new URL('index.html', import.meta.url)),
        'service-worker': fileURLToPath(new URL('src/service-worker.js', import.meta.url)),
      },
      output: {
        // A service worker's address is what it is known by.
        entryFileNames: ({ name }) => (name === 'service-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
}));
export default config;
