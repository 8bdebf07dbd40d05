/**
 * Holds the sources to the house (house.mjs): what a package imports stands below it and in its package.json,
 * nothing leaves its folder by a relative path, only Node's own entry points know `node:` modules, and neither a package.json
 * nor the house has what the sources do not use.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import ts from 'typescript';
import { folderOf, house, nameOf, nodePackages, onlyIn } from './house.mjs';
import { root } from './run.mjs';

/** node.ts, node/... and NAME.node.ts run under Node; nothing else may import them by a relative path. */
const isNodeFile = (file) => /(^|\/)node\.ts$|(^|\/)node\/|\.node\.ts$/.test(file);

const packageOf = (specifier) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** What is wrong with one import, or null. `file` is relative to the package's src/. */
export function judgeImport({ folder, file, specifier, manifest }) {
  if (specifier.startsWith('.')) {
    const target = posix.normalize(posix.join(posix.dirname(file), specifier));
    // Its own JSON is bundled: package.json for the version, tables of data.
    if (target.endsWith('.json') && !target.startsWith('../../')) return null;
    if (target.startsWith('..')) return `${specifier} leaves the package`;
    const needsNode = isNodeFile(target.replace(/\.js$/, '.ts'));
    if (needsNode && !isNodeFile(file) && !nodePackages.includes(folder)) {
      return `${specifier} runs under Node only, and this file does not`;
    }
    return null;
  }
  if (specifier.startsWith('node:')) {
    if (nodePackages.includes(folder) || isNodeFile(file)) return null;
    return `${specifier} belongs into a node entry point (node.ts, node/, NAME.node.ts)`;
  }
  const name = packageOf(specifier);
  return judgeDependency(folder, name) ?? (isDeclared(manifest, name) ? null : `${name} is not in package.json`);
}

/** Whether `folder` may know the package `name` at all. */
export function judgeDependency(folder, name) {
  if (name === nameOf(folder)) return `${name} imports itself by name`;
  const other = Object.keys(house).find((candidate) => nameOf(candidate) === name);
  if (other !== undefined)
    return house[folder].includes(other) ? null : `${name} is not among what ${folder} may import`;
  const allowed = onlyIn[name];
  return allowed === undefined || allowed.includes(folder) ? null : `${name} belongs into ${allowed.join(', ')} only`;
}

/** Packages that may import one which does not stand below them: with none there is no cycle, and builds can follow the list. */
export function upwardArrows(packages) {
  const order = Object.keys(packages);
  return Object.entries(packages).flatMap(([folder, dependencies], at) =>
    dependencies
      .filter((name) => !order.slice(0, at).includes(name))
      .map((name) => `scripts/lib/house.mjs: ${name} does not stand before ${folder}, which may import it`),
  );
}

/** What a package makes its users install for nothing. */
export function unusedDependencies(manifest, used) {
  return Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter((name) => !used.has(name));
}

/** What the house lets a package import for nothing: an arrow that is drawn and not there. */
export function unusedArrows(permitted, used) {
  return permitted.filter((name) => !used.has(nameOf(name)));
}

function isDeclared(manifest, name) {
  return [manifest.dependencies, manifest.peerDependencies].some((group) => group?.[name] !== undefined);
}

function sourcesOf(folder) {
  const source = join(root, folderOf(folder), 'src');
  if (!existsSync(source)) return [];
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => {
      const path = join(entry.parentPath ?? entry.path, entry.name);
      return { file: relative(source, path).split(sep).join('/'), text: readFileSync(path, 'utf8') };
    });
}

/** Every wrong arrow of the workspace, as lines to print. */
export function findWrongArrows() {
  const wrong = upwardArrows(house);
  const known = readdirSync(join(root, 'packages')).filter((name) =>
    existsSync(join(root, folderOf(name), 'package.json')),
  );
  for (const folder of known.filter((name) => !(name in house))) {
    wrong.push(`packages/${folder}: scripts/lib/house.mjs does not know this package`);
  }
  for (const folder of known.filter((name) => name in house)) {
    const manifest = JSON.parse(readFileSync(join(root, folderOf(folder), 'package.json'), 'utf8'));
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      const problem = judgeDependency(folder, name);
      if (problem !== null) wrong.push(`packages/${folder}/package.json: ${problem}`);
    }
    const used = new Set();
    for (const { file, text } of sourcesOf(folder)) {
      for (const { fileName: specifier } of ts.preProcessFile(text, true, true).importedFiles) {
        used.add(packageOf(specifier));
        const problem = judgeImport({ folder, file, specifier, manifest });
        if (problem !== null) wrong.push(`packages/${folder}/src/${file}: ${problem}`);
      }
    }
    for (const name of unusedDependencies(manifest, used)) {
      wrong.push(`packages/${folder}/package.json: ${name} is a dependency that no source imports`);
    }
    for (const name of unusedArrows(house[folder], used)) {
      wrong.push(`scripts/lib/house.mjs: ${folder} may import ${name}, and no source of it does`);
    }
  }
  return wrong;
}
