/** What others may import of the packages: every entry point that a package.json exports with types. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf, house, nameOf, nodePackages } from './house.mjs';
import { root } from './run.mjs';

export const manifestOf = (path) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));

/** `name` as imported, `folder` in packages/, `types`: its built declarations, `source`: the file that they are made from. */
export const entryPoints = Object.keys(house).flatMap((folder) => {
  const path = join(root, folderOf(folder));
  return Object.entries(manifestOf(path).exports).flatMap(([subpath, { types }]) => {
    if (types === undefined) return [];
    const module = join(path, 'src', types.replace('./dist/', '').replace('.d.ts', ''));
    const source = [`${module}.ts`, join(module, 'index.ts')].find((file) => existsSync(file));
    return [{ name: nameOf(folder) + subpath.slice(1), folder, types: join(path, types), source }];
  });
});

/** Those that run in a browser as well: not `node`, and not `native`, over a library that browsers do not have. */
export const browserEntryPoints = entryPoints.filter(
  ({ name, folder }) => !nodePackages.includes(folder) && !/\/(node|native)$/.test(name),
);
