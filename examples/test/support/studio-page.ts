/** The studio in a real Chromium, moved by the keyboard alone. */
import { fileURLToPath } from 'node:url';
import type { RawImage } from '@mokus/core';
import type { Page } from 'playwright-core';
import { type ServedPage, servePage } from './chromium.js';

export function serveStudio(): Promise<ServedPage> {
  return servePage({ configFile: fileURLToPath(new URL('../../browser-studio/vite.config.ts', import.meta.url)) });
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
