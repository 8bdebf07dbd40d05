/**
 * The site: the repository's own Markdown (README files, docs/) beside the API reference that `npm run docs` makes.
 * Links are written as they work in the repository; repository-links.ts makes them work here.
 */
import { defineConfig, type UserConfig } from 'vitepress';
import { indentedCode } from './indented-code.ts';
import { copyLinkedFiles, repositoryLinks } from './repository-links.ts';
import { sidebar } from './sidebar.ts';

const config: UserConfig = defineConfig({
  title: 'Mokus',
  description: 'Edit what a text-to-image model knows',
  srcDir: '..',
  outDir: '.vitepress/dist',
  cacheDir: '.vitepress/cache',
  srcExclude: ['.*/**', 'api/**', 'packages/*/{src,test,dist,model}/**', '**/*.template.md'],
  rewrites: (path) => path.replace(/(^|\/)README\.md$/, '$1index.md'),
  cleanUrls: false,
  ignoreDeadLinks: false,
  markdown: { config: (markdown) => markdown.use(repositoryLinks).use(indentedCode) },
  buildEnd: ({ outDir }) => copyLinkedFiles(outDir),
  themeConfig: {
    outline: [2, 3],
    search: { provider: 'local' },
    nav: [
      { text: 'Quick start', link: '/docs/guide/quick-start' },
      { text: 'Measured', link: '/docs/editors' },
      { text: 'API', link: '/docs/reference/index' },
    ],
    sidebar,
  },
  // The search index is one chunk.
  vite: { build: { chunkSizeWarningLimit: 4096 } },
});

export default config;
