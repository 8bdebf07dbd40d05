/**
 * Entry of every root script, on plain Node with no dependency: obtains the pinned pnpm, installs the
 * workspace if anything that decides the install has changed, then runs a task from scripts/tasks/.
 *
 *   node scripts/bootstrap.mjs install            only install
 *   node scripts/bootstrap.mjs pnpm ARGS...       run the pinned pnpm (for example: pnpm install, after editing a package.json)
 *   node scripts/bootstrap.mjs TASK ARGS...       install, then scripts/tasks/TASK.mjs
 */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { installWorkspace, runPnpm } from './lib/pnpm.mjs';

const [task = 'install', ...args] = process.argv.slice(2);
const taskUrl = new URL(`./tasks/${task}.mjs`, import.meta.url);

try {
  if (task === 'pnpm') {
    process.exitCode = await runPnpm(args);
  } else if (task === 'install') {
    await installWorkspace();
  } else if (existsSync(fileURLToPath(taskUrl))) {
    await installWorkspace();
    const { default: run } = await import(taskUrl.href);
    process.exitCode = (await run(args)) ?? 0;
  } else {
    const known = readdirSync(new URL('./tasks/', import.meta.url)).map((file) => file.replace(/\.mjs$/, ''));
    throw new Error(`no task '${task}'; there are: install, pnpm, ${known.join(', ')}`);
  }
} catch (error) {
  console.error(`mokus: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
