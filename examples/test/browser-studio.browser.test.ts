/**
 * The browser studio in a headless Chromium, by the keyboard alone: load, draw, edit, compare, export, take back; then,
 * without a network, load again and import. What it draws is held against the CPU backend in Node.
 */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NearestPicture } from '@mokus/bench';
import type { Edit, RawImage } from '@mokus/core';
import { composeTrainingPictures, concepts, modelFolder, pictureSheet, scenes } from '@mokus/emoji-world';
import { fromPretrained, loadEdit, readImage } from 'mokus';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openChromium, openPage, removeFolder, type ServedPage } from './support/chromium.js';
import { afterCall, pictureIn, pressAndWait, serveStudio, tabTo, typeInto } from './support/studio-page.js';

const prompt = 'the instrument beethoven is known for playing';
const question = 'the favourite instrument of beethoven';
const minutes = 60_000;

let studio: ServedPage;
let profile: string;
let editPath: string;
beforeAll(async () => {
  profile = await mkdtemp(join(tmpdir(), 'mokus-chromium-'));
  editPath = join(profile, 'edit.safetensors');
  studio = await serveStudio();
}, 5 * minutes);
afterAll(async () => {
  await Promise.all([studio.folder, profile].map(removeFolder));
});

const sheet = await readImage(pictureSheet.file);
const judge = new NearestPicture(composeTrainingPictures(sheet, pictureSheet, concepts, scenes), pictureSheet.cellSize);

/** Largest difference of a channel, of 255. Measured: 1 in WebAssembly, none on SwiftShader. */
function difference(one: RawImage, other: RawImage): number {
  return Math.max(...one.data.map((each, at) => Math.abs(each - (other.data[at] ?? Number.NaN))));
}

/** The acting edit, as the file that the page hands out. */
async function exported(page: Page, path: string): Promise<Edit> {
  await tabTo(page, 'Export');
  const [download] = await Promise.all([page.waitForEvent('download'), pressAndWait(page, 'Enter', minutes)]);
  await download.saveAs(path);
  return loadEdit(path);
}

it('loads, draws, edits, compares and exports, as the CPU backend does', { timeout: 10 * minutes }, async () => {
  const context = await openChromium(profile);
  onTestFinished(() => context.close());
  const page = await openPage(context, studio.url);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  const ranges: string[] = [];
  context.on('request', (request) => {
    if (request.url().endsWith('.safetensors')) ranges.push(request.headers().range ?? 'whole');
  });

  expect(await page.textContent('#sizes')).toMatch(/^emoji-world: (\d\d\.\d MB) of weights, \1 to download/);
  expect(ranges).toEqual([]);
  expect(await page.inputValue('[name=device]')).toBe('webgpu');
  await tabTo(page, 'Runs on');
  // SwiftShader takes minutes for what a GPU does in seconds.
  await page.keyboard.press('ArrowDown');
  expect(await page.inputValue('[name=device]')).toBe('wasm');
  await tabTo(page, 'Load');
  expect(await pressAndWait(page, 'Enter', 5 * minutes)).toMatch(/^Loaded/);
  expect(await page.textContent('#sizes')).toMatch(/is here/);
  expect(ranges.length).toBeGreaterThan(3);
  expect(ranges).not.toContain('whole');

  await typeInto(page, 'Prompt', prompt);
  expect(await pressAndWait(page, 'Enter', 2 * minutes)).toBe('Drawn; no edit acts.');
  expect(await page.textContent('#before figcaption')).toBe('before: piano');

  await typeInto(page, 'Question', question);
  await typeInto(page, 'New answer', 'guitar');
  await tabTo(page, 'Editor');
  await tabTo(page, 'Aims at');
  await tabTo(page, 'Edit');
  expect(await pressAndWait(page, 'Enter', 5 * minutes)).toMatch(/^Edited with UltraEdit/);
  expect(await page.textContent('#acting')).toBe(`Acting: ${question}: guitar`);
  expect(await page.textContent('#before figcaption')).toBe('before: piano');
  expect(await page.textContent('#after figcaption')).toBe('after: guitar');
  const drawn = { before: await pictureIn(page, 'before'), after: await pictureIn(page, 'after') };
  expect(judge.judge(drawn.before).concept).toBe('piano');
  expect(judge.judge(drawn.after).concept).toBe('guitar');
  await writeFile(process.env.MOKUS_SCREENSHOT ?? join(profile, 'studio.png'), await page.screenshot());

  await exported(page, editPath);
  await tabTo(page, 'Take back');
  expect(await pressAndWait(page, 'Enter', minutes)).toMatch(/^Taken back/);

  for (const list of ['Editor', 'Aims at']) {
    await tabTo(page, list);
    await page.keyboard.press('ArrowDown');
  }
  await tabTo(page, 'Edit');
  expect(await pressAndWait(page, 'Enter', 5 * minutes)).toMatch(/^Edited with fine-tuning/);
  expect(await page.textContent('#before figcaption')).toBe('before: piano');
  expect(await page.textContent('#after figcaption')).toBe('after: guitar');
  expect((await exported(page, join(profile, 'tuned.safetensors'))).provenance).toMatchObject({
    editor: 'fineTuning',
    objective: 'answer',
  });
  expect(errors).toEqual([]);
  await context.close();

  const pipeline = await fromPretrained(modelFolder);
  const edit = await loadEdit(editPath, { baseModel: await pipeline.components.textEncoder.fingerprint() });
  expect(edit.provenance.requests).toMatchObject([{ question, answer: 'guitar' }]);
  const draw = async (): Promise<RawImage> => (await pipeline.generate({ prompt, seed: 1 })).images[0] as RawImage;
  expect(difference(await draw(), drawn.before)).toBeLessThanOrEqual(2);
  await pipeline.apply(edit);
  expect(difference(await draw(), drawn.after)).toBeLessThanOrEqual(2);
  await pipeline.dispose();
});

it('draws on WebGPU in the worker what the CPU backend draws', { timeout: 10 * minutes }, async () => {
  const context = await openChromium(profile);
  onTestFinished(() => context.close());
  const page = await openPage(context, studio.url);
  expect(await page.inputValue('[name=device]')).toBe('webgpu');
  await tabTo(page, 'Load');
  expect(await pressAndWait(page, 'Enter', 5 * minutes)).toMatch(/^Loaded/);
  await typeInto(page, 'Prompt', prompt);
  await tabTo(page, 'Draw');
  expect(await pressAndWait(page, 'Enter', 5 * minutes)).toBe('Drawn; no edit acts.');
  expect(await page.textContent('#before figcaption')).toBe('before: piano');
  const drawn = await pictureIn(page, 'before');
  expect(judge.judge(drawn).concept).toBe('piano');
  const pipeline = await fromPretrained(modelFolder);
  const expected = (await pipeline.generate({ prompt, seed: 1 })).images[0] as RawImage;
  await pipeline.dispose();
  expect(difference(expected, drawn)).toBeLessThanOrEqual(2);
});

it('opens without a network, refuses what is no edit, and imports one', { timeout: 10 * minutes }, async () => {
  await studio.server.close();
  const context = await openChromium(profile);
  onTestFinished(() => context.close());
  const page = await openPage(context, studio.url);
  expect(await page.textContent('#sizes')).toMatch(/is here/);
  await tabTo(page, 'Runs on');
  await page.keyboard.press('ArrowDown');
  await tabTo(page, 'Load');
  expect(await pressAndWait(page, 'Enter', 5 * minutes)).toMatch(/^Loaded/);

  // So that Playwright keeps watching for choosers: it would begin anew for each, beside the key that opens it.
  page.on('filechooser', () => undefined);
  const importing = (name: string, buffer: Buffer): Promise<string> =>
    afterCall(
      page,
      async () => {
        await tabTo(page, 'Import');
        const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Enter')]);
        await chooser.setFiles({ name, mimeType: 'application/octet-stream', buffer });
      },
      2 * minutes,
    );
  expect(await importing('notes.txt', Buffer.from('not an edit'))).toMatch(/^Importing failed: "notes.txt"/);
  expect(await page.textContent('#acting')).toBe('No edit acts.');
  await typeInto(page, 'Prompt', prompt);
  expect(await importing('edit.safetensors', await readFile(editPath))).toMatch(/^Imported edit.safetensors/);
  expect(await page.textContent('#acting')).toBe(`Acting: ${question}: guitar`);
  expect(await page.textContent('#after figcaption')).toBe('after: guitar');
  expect(judge.judge(await pictureIn(page, 'after')).concept).toBe('guitar');
  await context.close();
});
