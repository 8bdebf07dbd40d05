/**
 * `npm run check`: types, lint and format, arrows of the house, change notes, and that what would be published
 * resolves, with its types, for those who install it. Every step runs even when one before it failed.
 *
 *   npm run check -- --update    writes the committed files that are made from sources: api/ and the picture of the house
 */
import { checkApiReports } from '../lib/api-report.mjs';
import { findWrongArrows } from '../lib/arrows.mjs';
import { ensureBuilt, limiter } from '../lib/build.mjs';
import { releasePlan } from '../lib/changesets.mjs';
import { findLongFiles, lineCounts } from '../lib/file-sizes.mjs';
import { keepCurrent } from '../lib/generated.mjs';
import { house } from '../lib/house.mjs';
import { housePicture } from '../lib/house-picture.mjs';
import { packAll, tarballOf } from '../lib/pack.mjs';
import { writePagePrograms } from '../lib/page-code.mjs';
import { bin, runQuietly } from '../lib/run.mjs';

function refuse(problems) {
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

const eachTarball = (check) => {
  const limit = limiter(2);
  return Promise.all(Object.keys(house).map((folder) => limit(() => check(folder, tarballOf(folder)))));
};

/** On sources alone. */
const onSources = {
  'programs of the pages': () => void writePagePrograms(),
  'types of all packages (tsc)': () => runQuietly('tsc', bin('tsc'), ['--pretty', 'false']),
  'types of configurations and of the tests of scripts (tsc)': () =>
    runQuietly('tsc', bin('tsc'), ['-p', 'scripts', '--pretty', 'false']),
  'lint and format (biome)': () =>
    runQuietly('biome', bin('biome'), ['check', '--error-on-warnings', '--max-diagnostics=10']),
  'arrows of the house': () => refuse(findWrongArrows()),
  'length of files': () => refuse(findLongFiles(lineCounts())),
  'picture of the house': async (options) => keepCurrent('docs/images/house.svg', await housePicture(), options),
  'change notes (changesets)': () => releasePlan(),
};

/** On what is built. */
const onBuilds = {
  'build (tsup)': () => ensureBuilt('full'),
  'public API (api-extractor)': checkApiReports,
  'exports of the packed packages (publint)': async () => {
    await packAll();
    await eachTarball((folder, file) => runQuietly(`publint of ${folder}`, bin('publint'), ['run', file, '--strict']));
  },
  // ESM only by design: require() of it works on every Node that the packages support.
  'types of the packed packages (attw)': () =>
    eachTarball((folder, file) =>
      runQuietly(`attw of ${folder}`, bin('attw'), [file, '--profile', 'esm-only', '--format', 'ascii']),
    ),
};

/**
 * Runs every step and returns how many failed; sources and builds side by side, as most steps keep one core busy. With
 * `update` it writes stale files instead of refusing them.
 */
export async function runChecks(options = {}) {
  const started = Date.now();
  const failed = await Promise.all([runSteps(onSources, options), runSteps(onBuilds, options)]);
  console.log(`checked in ${secondsSince(started)} s`);
  return failed[0] + failed[1];
}

export async function runSteps(steps, options) {
  let failed = 0;
  for (const [name, step] of Object.entries(steps)) {
    const started = Date.now();
    try {
      await step(options);
      console.log(`ok      ${name} (${secondsSince(started)} s)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n${error.message}\n`);
    }
  }
  return failed;
}

const secondsSince = (started) => ((Date.now() - started) / 1000).toFixed(1);

export default async function check(args) {
  return (await runChecks({ update: args.includes('--update') })) > 0 ? 1 : 0;
}
