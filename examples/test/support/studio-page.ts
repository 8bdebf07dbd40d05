/** The studio in a real Chromium, moved by the keyboard alone. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RawImage } from '@mokus/core';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { build, type PreviewServer, preview } from 'vite';

const configFile = fileURLToPath(new URL('../../browser-studio/vite.config.ts', import.meta.url));

export interface ServedStudio {
  readonly folder: string;
  readonly url: string;
  readonly server: PreviewServer;
}

/** Builds the page into a folder of its own and serves that as static files. */
export async function serveStudio(): Promise<ServedStudio> {
  const folder = await mkdtemp(join(tmpdir(), 'mokus-studio-'));
  const options = { configFile, logLevel: 'error', build: { outDir: folder } } as const;
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

export async function openStudio(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForSelector('body[data-ready]');
  return page;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Goes on with Tab until the control of this label has the focus, which must be seen. */
export async function tabTo(page: Page, label: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    const focused = await page.evaluate(() => {
      const { activeElement } = document;
      const labels = activeElement instanceof HTMLInputElement ? activeElement.labels : null;
      const text = labels?.[0]?.textContent ?? activeElement?.closest('label')?.firstChild?.textContent;
      return (text ?? activeElement?.textContent ?? '').trim();
    });
    if (focused === label) {
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle);
      if (outline === 'none') throw new Error(`the focus on "${label}" is not seen`);
      return;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach "${label}"`);
}

/** Puts text in place of what a field holds. */
export async function typeInto(page: Page, label: string, text: string): Promise<void> {
  await tabTo(page, label);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(text);
}

/** Waits until what the work started has ended, and says how the page says that. */
export async function afterCall(page: Page, work: () => Promise<unknown>, timeout: number): Promise<string> {
  const before = await page.getAttribute('body', 'data-done');
  await work();
  await page.waitForFunction((seen) => (document.body.dataset.done ?? null) !== seen, before, { timeout });
  return (await page.textContent('#status')) ?? '';
}

/** Presses a key where the focus is, and waits until the page says how that ended. */
export async function pressAndWait(page: Page, key: string, timeout: number): Promise<string> {
  return afterCall(page, () => page.keyboard.press(key), timeout);
}

export async function pictureIn(page: Page, figure: 'before' | 'after'): Promise<RawImage> {
  const { width, height, data } = await page.evaluate((id) => {
    const canvas = document.querySelector<HTMLCanvasElement>(`#${id} canvas`) as HTMLCanvasElement;
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) as ImageData;
    return { width: pixels.width, height: pixels.height, data: [...pixels.data] };
  }, figure);
  return { width, height, data: Uint8ClampedArray.from(data) };
}
