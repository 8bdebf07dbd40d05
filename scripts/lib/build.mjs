/**
 * Builds what changed, in the order of the house. A package is rebuilt when the hash of its sources, its
 * configuration or a package that it depends on differs from that of the last build (.cache/built/).
 *
 * 'js' builds no declarations: examples and benches run on it a few seconds after a clone. 'full' does.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf, house } from './house.mjs';
import { bin, root, runQuietly } from './run.mjs';

const stamps = join(root, '.cache', 'built');
const shared = ['tsconfig.base.json', 'tsconfig.build.json', 'tsup.config.base.ts', 'pnpm-lock.yaml'];

function addFiles(hash, path) {
  if (!existsSync(path)) return;
  if (statSync(path).isDirectory()) {
    for (const name of readdirSync(path).sort()) addFiles(hash, join(path, name));
  } else {
    hash.update(`${path.slice(root.length)}\n`).update(readFileSync(path));
  }
}

/** Keys of all packages; each contains those of its dependencies. */
export function buildKeys() {
  const keys = {};
  for (const [name, dependencies] of Object.entries(house)) {
    const hash = createHash('sha256');
    for (const file of shared) addFiles(hash, join(root, file));
    for (const file of ['src', 'data', 'package.json', 'tsup.config.ts'])
      addFiles(hash, join(root, folderOf(name), file));
    for (const dependency of dependencies) hash.update(keys[dependency]);
    keys[name] = hash.digest('hex');
  }
  return keys;
}

function isBuilt(name, key, kind) {
  if (!existsSync(join(root, folderOf(name), 'dist', 'index.js'))) return false;
  const accepted = kind === 'js' ? ['js', 'full'] : ['full'];
  const stamp = join(stamps, name);
  return existsSync(stamp) && accepted.some((made) => readFileSync(stamp, 'utf8') === `${made} ${key}`);
}

async function buildOne(name, key, kind) {
  const started = Date.now();
  const options = { cwd: join(root, folderOf(name)), env: { MOKUS_BUILD: kind } };
  await runQuietly(`building ${name}`, bin('tsup'), ['--silent'], options);
  writeFileSync(join(stamps, name), `${kind} ${key}`);
  console.log(`built ${name} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

/** Makes every package's dist/ current; returns quietly when it is. */
export async function ensureBuilt(kind = 'full') {
  mkdirSync(stamps, { recursive: true });
  const keys = buildKeys();
  const done = new Map();
  // JavaScript alone needs no other package's build; declarations read those of the dependencies.
  const after = (name) => (kind === 'js' ? [] : house[name]);
  const limit = limiter(2);
  for (const name of Object.keys(house)) {
    const ready = Promise.all(after(name).map((dependency) => done.get(dependency)));
    const built = ready.then(() =>
      isBuilt(name, keys[name], kind) ? undefined : limit(() => buildOne(name, keys[name], kind)),
    );
    done.set(name, built);
  }
  const failures = (await Promise.allSettled(done.values())).filter(({ status }) => status === 'rejected');
  if (failures.length > 0) throw failures[0].reason;
}

/** At most `count` at a time: declarations cost up to a gigabyte a build. */
export function limiter(count) {
  const waiting = [];
  let running = 0;
  const next = () => {
    if (running >= count || waiting.length === 0) return;
    running += 1;
    const { work, resolve, reject } = waiting.shift();
    work()
      .then(resolve, reject)
      .finally(() => {
        running -= 1;
        next();
      });
  };
  return (work) =>
    new Promise((resolve, reject) => {
      waiting.push({ work, resolve, reject });
      next();
    });
}
