/** Tarballs of every package, as a publish would make them: .cache/packed/NAME.tgz. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildKeys, ensureBuilt } from './build.mjs';
import { folderOf, house } from './house.mjs';
import { runPnpmQuietly } from './pnpm.mjs';
import { root } from './run.mjs';

const packed = join(root, '.cache', 'packed');

export const tarballOf = (folder) => join(packed, `${folder}.tgz`);

/** Times and sizes of what a package ships beside dist/ (emoji-world's weights are too large to hash each time). */
function shippedFiles(folder) {
  const { files } = JSON.parse(readFileSync(join(root, folderOf(folder), 'package.json'), 'utf8'));
  return files
    .filter((name) => name !== 'dist' && existsSync(join(root, folderOf(folder), name)))
    .flatMap((name) => {
      const path = join(root, folderOf(folder), name);
      const inside = statSync(path).isDirectory() ? readdirSync(path, { recursive: true }).sort() : [''];
      return inside.map((entry) => {
        const { size, mtimeMs } = statSync(join(path, entry));
        return `${name}/${entry} ${size} ${mtimeMs}`;
      });
    });
}

/** Builds and packs what changed since the last call. */
export async function packAll() {
  await ensureBuilt('full');
  mkdirSync(packed, { recursive: true });
  const keys = buildKeys();
  for (const folder of Object.keys(house)) {
    const key = createHash('sha256')
      .update(`${keys[folder]}\n${shippedFiles(folder).join('\n')}`)
      .digest('hex');
    const stamp = join(packed, `${folder}.key`);
    if (existsSync(tarballOf(folder)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === key) continue;
    const fresh = join(packed, `${folder}.new`);
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh);
    await runPnpmQuietly(`packing ${folder}`, ['pack', '--pack-destination', fresh], {
      cwd: join(root, folderOf(folder)),
    });
    renameSync(join(fresh, readdirSync(fresh)[0]), tarballOf(folder));
    rmSync(fresh, { recursive: true });
    writeFileSync(stamp, key);
  }
}
