/**
 * Makes the pictures of KnowCusBench's emoji-world edition: the emoji that knowcus.json names, each in three styles, as one
 * sheet of 64 x 64 RGBA cells, a concept a row.
 *
 *   node tools/knowcus/pictures.mjs [FOLDER]
 *
 * fetches three npm packages into FOLDER (default: a temporary one; 91 MB) and writes
 * packages/emoji-world/data/knowcus.png.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sharp = createRequire(new URL('../../packages/mokus/package.json', import.meta.url))('sharp');
const data = (name) => fileURLToPath(new URL(`../../packages/emoji-world/data/${name}`, import.meta.url));
const concepts = JSON.parse(readFileSync(data('knowcus.json'), 'utf8'));
const side = 64;

const work = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'knowcus-'));
const noto = fetched('emoji-datasource-google@16.0.0');
const flat = fetched('@iconify-json/fluent-emoji-flat@1.2.6');
const rendered = fetched('@lobehub/fluent-emoji-3d@1.1.0');

/** The folder of an unpacked npm package. */
function fetched(name) {
  const folder = join(work, name.replace(/^@/, '').replace('/', '-'));
  if (!existsSync(join(folder, 'package'))) {
    mkdirSync(folder, { recursive: true });
    const [archive] = JSON.parse(execFileSync('npm', ['pack', name, '--json'], { cwd: folder, encoding: 'utf8' }));
    execFileSync('tar', ['xzf', archive.filename], { cwd: folder });
  }
  return join(folder, 'package');
}

const json = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));
const notoList = json(noto, 'emoji.json');
const flatIcons = json(flat, 'icons.json');
const flatNames = json(flat, 'chars.json');

/** The emoji in each style, as something that sharp reads. */
function styles(codepoint) {
  const forms = [codepoint, `${codepoint}-fe0f`];
  const { image } = notoList.find(({ unified }) => forms.includes(unified.toLowerCase()));
  const { body } = flatIcons.icons[forms.map((form) => flatNames[form]).find(Boolean)];
  const { height } = flatIcons;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${height} ${height}" width="${side}" height="${side}">${body}</svg>`;
  return [
    join(noto, 'img/google/64', image),
    Buffer.from(svg),
    forms.map((form) => join(rendered, 'assets', `${form}.webp`)).find(existsSync),
  ];
}

const width = 3 * side;
const sheet = Buffer.alloc(width * side * concepts.length * 4);
for (const [row, { codepoint }] of concepts.entries()) {
  for (const [column, source] of styles(codepoint).entries()) {
    const pixels = await sharp(source).resize(side, side).ensureAlpha().raw().toBuffer();
    // Hidden colours under fully transparent pixels compress badly and show nowhere.
    for (let at = 0; at < pixels.length; at += 4) if (pixels[at + 3] === 0) pixels.fill(0, at, at + 3);
    for (let y = 0; y < side; y++) {
      pixels.copy(sheet, ((row * side + y) * width + column * side) * 4, y * side * 4, (y + 1) * side * 4);
    }
  }
}
await sharp(sheet, { raw: { width, height: side * concepts.length, channels: 4 } })
  .png({ compressionLevel: 9 })
  .toFile(data('knowcus.png'));
console.log(`${concepts.length} concepts in 3 styles`);
