/** Pages of the examples, served as static files to a headless Chromium. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { build, type InlineConfig, type PreviewServer, preview } from 'vite';

export interface ServedPage {
  readonly folder: string;
  readonly url: string;
  readonly server: PreviewServer;
}

/** Builds a page into a folder of its own and serves that as static files. */
export async function servePage(config: InlineConfig): Promise<ServedPage> {
  const folder = await mkdtemp(join(tmpdir(), 'mokus-page-'));
  const options: InlineConfig = { ...config, logLevel: 'error', build: { ...config.build, outDir: folder } };
  await build(options);
  const server = await preview({ ...options, preview: { port: 0, open: false } });
  return { folder, url: server.resolvedUrls?.local[0] ?? '', server };
}

/** Chromium with its own SwiftShader for a GPU, on a profile that outlives it. */
export async function openChromium(profile: string): Promise<BrowserContext> {
  const executablePath = process.env.MOKUS_CHROMIUM ?? '';
  const folder = dirname(executablePath);
  const isPacked = existsSync(join(folder, 'fonts.conf'));
  const env = { ...(process.env as Record<string, string>) };
  return chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    acceptDownloads: true,
    viewport: { width: 1000, height: 1020 },
    args: ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
    env: isPacked ? { ...env, LD_LIBRARY_PATH: `${folder}/lib:${folder}`, FONTCONFIG_PATH: folder } : env,
  });
}

/** The page, once its program has set `data-ready`. */
export async function openPage(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForSelector('body[data-ready]');
  return page;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
